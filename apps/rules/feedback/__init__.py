"""What people say of what a rule found, and what that changes."""
