"""DrawColorCanvas: a shared pixel canvas on which all connected people paint together."""

__version__ = "0.5.1"
