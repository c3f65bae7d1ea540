"""The commands behind `app.py`, one file each. Imports everything below it."""

from corpus import VERSION

__all__ = ["VERSION"]
