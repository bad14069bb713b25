"""Tests of ``dcc.board.board``."""
