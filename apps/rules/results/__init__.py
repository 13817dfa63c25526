"""The results of checks: found by verdict, table and time, listed, exported, and removed when they have grown old."""
