"""The programme that trains the reader. Nothing here is needed to run Quoth."""
