"""The outbox: deliveries are written with their event, claimed with a lease, and finished by whoever holds it."""
