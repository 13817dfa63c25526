"""Digests: what a person may see of the last day or week, in a mail that is read in under two minutes."""
