"""What stops delivery for a while, and what is told when it ends."""
