"""People and groups that a provider sends ahead (SCIM), so that whoever leaves the company is out at once."""
