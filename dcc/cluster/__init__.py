"""The log that several servers share, kept by an engine: NATS JetStream, spoken to by nats-py.

- ``log.py``: the port; the only module that a user of the log needs, besides the two that follow.
- ``address.py``: the address of an engine and a canvas.
- ``engine.py``: the log in the engine.
- ``connection.py``, ``stream.py``, ``publisher.py``, ``follower.py``, ``delivery.py``, ``state.py``,
  ``snapshots.py``: its parts.
- ``presence.py``, ``server_state.py``: what the servers say of themselves, on a subject that keeps nothing.
- ``memory_log.py``: the port within one process, for trials.
"""
