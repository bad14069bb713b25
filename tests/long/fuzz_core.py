"""The readers of a client's bytes, fuzzed by coverage: frames, codec and session in one process.

    pip install atheris
    python -m tests.long.fuzz_core [options of libFuzzer, such as -max_total_time=600]

The fuzzer starts from the corpus of :mod:`tests.long.fuzz`, which fuzzes the real port and everything around it. A
changed input that reaches new code is kept. An input that fails a check is saved in a file.

An input is the bytes of a connection. If the first byte is a special mark, the input is payloads with a mark between
them, and their frames stay correct whatever their length becomes.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

import atheris
from twisted.logger import LogEvent, LogLevel, globalLogPublisher

with atheris.instrument_imports(include=["dcc"]):
    from dcc.protocol.frames import frame
    from dcc.protocol.messages import Acknowledged
    from tests.long.fuzz import HEIGHT, WIDTH, Judge
    from tests.support.conversations import load_corpus
    from tests.support.wire import HELLO_2, RED, FakeServer, paint

PAYLOADS = b"p"
MARK = b"\xff\xfe\xff"


def hold(data: bytes) -> None:
    """Hold a conversation with a new server, watched by a neighbour.

    :raises Exception: something is wrong.
    """
    server = FakeServer(WIDTH, HEIGHT)
    neighbour, peer = server.connect(), server.connect()
    neighbour.send(HELLO_2)
    if data.startswith(PAYLOADS):
        data = b"".join(map(frame, data[1:].split(MARK)))
    peer.protocol.dataReceived(data)
    server.clock.advance(1)
    Judge(Counter()).judge("tcp", peer.transport.value())
    peer.hang_up()
    neighbour.send(paint(1, (0, RED)))
    Judge(Counter()).judge("tcp", neighbour.transport.value())
    assert neighbour.receive()[-1] == Acknowledged(1, server.board.sequence)


def fail_where_logged(event: LogEvent) -> None:
    """Our own faults are logged, not raised."""
    if event["log_level"] >= LogLevel.error:
        raise AssertionError(event)


def main() -> None:
    """Run from a command line."""
    with tempfile.TemporaryDirectory(prefix="dcc-fuzz-") as name:
        for number, each in enumerate(load_corpus()):
            if each.wire == "tcp":
                Path(name, f"{number}-stream").write_bytes(b"".join(map(frame, each.messages)))
                Path(name, f"{number}-payloads").write_bytes(PAYLOADS + MARK.join(each.messages))
        globalLogPublisher.addObserver(fail_where_logged)
        atheris.Setup([*sys.argv, name], hold)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
