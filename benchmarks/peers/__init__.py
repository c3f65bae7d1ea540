"""Quoth beside txtai, Haystack and LlamaIndex: `python -m benchmarks.peers`. See `__main__`."""
