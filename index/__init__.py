"""Keeping articles and finding passages. Imports `corpus` only."""
