"""Answering: fuse, read, mark, decide. Imports `index` and `corpus`."""
