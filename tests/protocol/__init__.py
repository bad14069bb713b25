"""Tests of ``dcc.protocol``."""
