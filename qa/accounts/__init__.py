"""Which articles of a reply say the same, and which give different answers: rules, no model."""
