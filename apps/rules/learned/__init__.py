"""Limits that are learned from a table's own history. Pure: numbers in, a judgement out, nothing is stored here."""
