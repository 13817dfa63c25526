"""What rules cost: before they are saved, while they run, and on the page."""
