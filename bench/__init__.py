"""How fast the server is, measured against the limit of the machine or a rival, in the same run.

``python -m bench NAME`` or ``make bench``; ``docs/performance.md`` says how to read the figures. The clients
are processes of their own, written in C (``*.c``) so that they cost less than the server, and in Python for
a machine without a compiler.
"""
