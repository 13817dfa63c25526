"""What every kind of rule shares, put around it: which rows it looks at, and how sure it must be before it alerts."""
