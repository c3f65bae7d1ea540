"""Reading articles: files in, cleaned `Article`s and `Passage`s out. Imports nothing of ours."""
