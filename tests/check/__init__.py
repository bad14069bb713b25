"""Tests of ``dcc check``, with the wrong programs that students write."""
