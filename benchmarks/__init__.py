"""Measurements anyone can repeat; none of them runs in `make test`."""
