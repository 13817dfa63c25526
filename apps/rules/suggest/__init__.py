"""Which tables to watch, and with which rules: ranked, with the reasons, and made with one click."""
