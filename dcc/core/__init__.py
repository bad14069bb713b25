"""Pure values: no Twisted, no clock, no I/O."""
