"""The tests: ``pytest``, or ``trial tests``."""
