"""The commands behind `app.py`, one file each. Imports everything below it."""

VERSION = "0.1.0"
