"""The window: PyQt5."""
