"""The pages of incidents: one, the list of them, and the list as a file."""
