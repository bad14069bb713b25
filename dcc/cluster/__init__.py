"""A totally ordered, durable log of byte strings that several servers share. Knows nothing of boards."""
