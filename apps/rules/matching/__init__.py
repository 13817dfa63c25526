"""Rules for many tables: which tables patterns take in, which of them cannot be checked, and which need limits of their
own."""
