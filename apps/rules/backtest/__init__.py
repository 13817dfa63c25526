"""Trying a rule on the past before it is saved: what is known of it, the walk through it, and what came of it."""
