"""The audit of Midwatch itself: written as things happen, sealed into a chain, read by people."""
