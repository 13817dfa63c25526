"""The pages of tables: the list with its search, and the page of one."""
