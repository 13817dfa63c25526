"""Incidents: from findings and recoveries to one open trouble per cause."""
