"""Long harnesses that damage, mutate and fuzz; each prints what was tried and what was bad."""
