"""The wires and their clients."""
