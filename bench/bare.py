"""The limit in Python: a loop of ``socket.send`` over all viewers, and nothing else. See ``bare.c``."""

import resource
import socket
import struct
import sys
import time


def main(viewers: int) -> None:
    """Accept viewers, read a recording, send the recording to all viewers."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print("port", listener.getsockname()[1], flush=True)
    sockets = [listener.accept()[0] for _ in range(viewers)]
    for each in sockets:
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print("ready", flush=True)
    path = sys.stdin.readline().removeprefix("go ").rstrip("\n")
    frames = []
    head = struct.Struct("=QI")
    with open(path, "rb") as file:
        while part := file.read(head.size):
            since, length = head.unpack(part)
            frames.append((since / 1e9, file.read(length)))
    sends = [each.send for each in sockets]
    cut_short = 0
    start = time.monotonic()
    for since, frame in frames:
        wait = start + since - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        for send in sends:
            if send(frame) != len(frame):
                cut_short += 1
    print("sent", len(frames), cut_short, flush=True)
    sys.stdin.readline()  # the viewers are still reading: stays until told to end


main(int(sys.argv[1]))
