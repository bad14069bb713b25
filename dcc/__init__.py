"""DrawColorCanvas: a shared pixel canvas that everybody connected paints on."""

__version__ = "0.1.0"
