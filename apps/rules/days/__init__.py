"""The days of a table: which are there, late, short or missing; as data and as a picture."""
