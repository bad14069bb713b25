"""The wires, and the clients that they connect."""
