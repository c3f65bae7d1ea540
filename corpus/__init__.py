"""Reading articles: files in, cleaned `Article`s and `Passage`s out. Imports nothing of ours."""

VERSION = "0.1.0"
"""The version of Quoth; it stands here so that every layer can say it."""
