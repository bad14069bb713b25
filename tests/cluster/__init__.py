"""Tests of ``dcc.cluster``, with real nodes of the engine."""
