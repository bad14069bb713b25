"""Bytes to messages and back: pure, without a transport."""
