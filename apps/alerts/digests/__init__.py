"""What a person wants to be told when, and the digests that are sent by it. What stands in them, the caller knows."""
