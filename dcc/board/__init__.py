"""The shared board and its rules."""
