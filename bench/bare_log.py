"""The limit with nats-py: publish to a stream, read back, and nothing else: no canvas, no file, no second connection.

The stream is of the kind that servers share: on disk, a copy on each node, with marks against repetition.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from dataclasses import dataclass

import nats
from nats.js.api import StreamConfig

_STREAM, _SUBJECT = "BARE", "bare"
PATIENCE_SECONDS = 60.0
_IN_FLIGHT = 150
"""Messages: as of so many servers, each with a batch on its way."""
_ASKED_MESSAGES = 2000
"""Of one question while reading a stream, as in ``dcc/cluster/follower.py``."""


@dataclass(frozen=True)
class Loop:
    """What a loop took.

    :ivar times: seconds from each publication until it was read back.
    :ivar seconds: of the whole loop.
    """

    times: list[float]
    seconds: float


def publish_and_read_back(address: str, nodes: int, payload: bytes, rate: float, seconds: float) -> Loop:
    """Publish one message after the other, each after the message before was read back and acknowledged.

    :param address: of the nodes, as for ``nats.connect()``.
    :param nodes: how many hold a copy.
    :param rate: messages a second; 0 for as many as possible.
    """

    async def converse() -> Loop:
        client = await nats.connect(address.split(","))
        try:
            stream = client.jetstream(timeout=PATIENCE_SECONDS)
            await stream.add_stream(StreamConfig(_STREAM, subjects=[_SUBJECT], num_replicas=nodes))
            inbox = await stream.subscribe(_SUBJECT, ordered_consumer=True)
            times: list[float] = []
            start = time.monotonic()
            while time.monotonic() - start < seconds:
                if rate:
                    await asyncio.sleep(max(0.0, start + len(times) / rate - time.monotonic()))
                began = time.perf_counter()
                mark = {"Nats-Msg-Id": str(len(times))}
                acknowledged = asyncio.ensure_future(stream.publish(_SUBJECT, payload, headers=mark))
                await inbox.next_msg(timeout=PATIENCE_SECONDS)
                times.append(time.perf_counter() - began)
                await acknowledged
            took = time.monotonic() - start
            await stream.delete_stream(_STREAM)
        finally:
            await client.close()
        return Loop(times, took)

    return asyncio.run(converse())


def publish_together(address: str, nodes: int, payload: bytes, seconds: float) -> float:
    """Publish with many messages in flight, each until it is acknowledged.

    :param address: of the nodes, as for ``nats.connect()``.
    :param nodes: how many hold a copy.
    :return: messages a second.
    """

    async def converse() -> float:
        client = await nats.connect(address.split(","))
        try:
            stream = client.jetstream(timeout=PATIENCE_SECONDS)
            await stream.add_stream(StreamConfig(_STREAM, subjects=[_SUBJECT], num_replicas=nodes))
            marks = itertools.count()
            start = time.monotonic()

            async def publish() -> int:
                count = 0
                while time.monotonic() - start < seconds:
                    await stream.publish(_SUBJECT, payload, headers={"Nats-Msg-Id": str(next(marks))})
                    count += 1
                return count

            count = sum(await asyncio.gather(*[publish() for _ in range(_IN_FLIGHT)]))
            took = time.monotonic() - start
            await stream.delete_stream(_STREAM)
        finally:
            await client.close()
        return count / took

    return asyncio.run(converse())


def read(address: str, stream: str) -> tuple[int, float]:
    """Read a stream from its first message to its last.

    :return: messages, and seconds.
    """

    async def converse() -> tuple[int, float]:
        client = await nats.connect(address.split(","))
        try:
            told = await client.request(f"$JS.API.STREAM.INFO.{stream}", b"", timeout=PATIENCE_SECONDS)
            count = json.loads(told.data)["state"]["messages"]
            began = time.monotonic()
            made = await client.request(
                f"$JS.API.CONSUMER.CREATE.{stream}",
                json.dumps(
                    {"stream_name": stream, "config": {"ack_policy": "none", "mem_storage": True, "num_replicas": 1}}
                ).encode(),
                timeout=PATIENCE_SECONDS,
            )
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{json.loads(made.data)['name']}"
            inbox = await client.subscribe(answers := client.new_inbox(), pending_bytes_limit=1 << 30)
            for start in range(0, count, _ASKED_MESSAGES):
                some = min(_ASKED_MESSAGES, count - start)
                await client.publish(subject, json.dumps({"batch": some, "no_wait": True}).encode(), reply=answers)
                for _ in range(some):
                    await inbox.next_msg(timeout=PATIENCE_SECONDS)
            return count, time.monotonic() - began
        finally:
            await client.close()

    return asyncio.run(converse())
