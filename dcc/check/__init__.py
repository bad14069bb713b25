"""Checks of programs that students write for the published activity AF06.

``rules`` is the table of checks, ``server`` and ``client`` examine the two sides over real sockets, ``console`` knows
the lines of Figure 3, and ``report`` writes the results. ``wire``, ``diagnosis`` and ``program`` serve the examiners.

The sockets block, each with a time limit: the checks run in a fixed order, a person can read them as a script, and a
wrong program can stall nothing but its own step.
"""
