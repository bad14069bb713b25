"""Long runs, each a make target of its own."""
