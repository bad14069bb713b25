"""Tests of ``dcc.client``."""
