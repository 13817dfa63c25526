"""The first steps of a team: from nothing to the first test alert."""
