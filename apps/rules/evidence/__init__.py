"""What is known around an incident: what was measured, what happened shortly before, and when data last came."""
