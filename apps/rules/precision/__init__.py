"""How often rules alert, and how often rightly, month by month."""
