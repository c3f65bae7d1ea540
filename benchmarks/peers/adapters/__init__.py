"""One small program for each system, run in that system's own environment; see `protocol`."""
