"""The watch: the front page in independent parts, and the view for a wall."""
