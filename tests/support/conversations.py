"""Recorded conversations of clients with a server, and broken conversations made of them.

Pure: randomness is an argument. :mod:`tests.long.record_corpus` writes the corpus, :mod:`tests.long.fuzz` sends the
broken conversations.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

from dcc import limits
from dcc.protocol.frames import frame
from tests.support import websocket
from tests.support.wire import CANVAS_ID as _CANVAS_ID

CORPUS = Path(__file__).parents[1] / "long" / "corpus" / "conversations.json"

CANVAS_ID = _CANVAS_ID.encode()
"""Stands in every conversation for the canvas id of the server under test; both have the same length."""

Wire = Literal["tcp", "websocket", "http"]

Ending = Literal["when answered", "at once", "reset"]
"""The way of leaving: after the answers, right after the last byte, or by a reset."""


@dataclass(frozen=True)
class Conversation:
    """The messages of a client on a connection.

    :ivar client: the name of the program.
    :ivar messages: payloads of the protocol; on HTTP whole requests; on WebSocket first the request for the upgrade.
    """

    client: str
    wire: Wire
    messages: tuple[bytes, ...]


@dataclass(frozen=True)
class Input:
    """Bytes to send on a connection.

    :ivar pieces: each is sent alone. On WebSocket the first is the request, and the others follow the answer.
    """

    wire: Wire
    pieces: tuple[bytes, ...]
    ending: Ending


def load_corpus() -> list[Conversation]:
    """Read the recorded conversations."""
    return [
        Conversation(words["client"], words["wire"], tuple(map(_to_bytes, words["messages"])))
        for words in json.loads(CORPUS.read_text(encoding="ascii"))
    ]


def save_corpus(conversations: Sequence[Conversation]) -> None:
    """Keep conversations; bytes are written as the characters of the same numbers."""
    words = [
        {"client": each.client, "wire": each.wire, "messages": list(map(_to_text, each.messages))}
        for each in conversations
    ]
    CORPUS.write_text(json.dumps(words, indent=1) + "\n", encoding="ascii")


def load_inputs(path: Path) -> list[Input]:
    """Read saved inputs."""
    return [
        Input(words["wire"], tuple(map(_to_bytes, words["pieces"])), words["ending"])
        for words in json.loads(path.read_text(encoding="ascii"))
    ]


def save_inputs(path: Path, inputs: Sequence[Input]) -> None:
    """Keep inputs, to be sent again."""
    words = [{"wire": each.wire, "ending": each.ending, "pieces": list(map(_to_text, each.pieces))} for each in inputs]
    path.write_text(json.dumps(words, indent=1) + "\n", encoding="ascii")


def _to_bytes(text: str) -> bytes:
    return text.encode("latin-1")


def _to_text(data: bytes) -> str:
    return data.decode("latin-1")


# --- replacements ----------------------------------------------------------------------------------

_INTEGERS = sorted(
    {
        sign * (2**bits + step)
        for bits in (0, 7, 8, 15, 16, 31, 32, 39, 40, 63, 64)
        for step in (-1, 0, 1)
        for sign in (1, -1)
    }
    | {limits.CLIENT_PAYLOAD_BYTES + step for step in (-1, 0, 1)}
    | {limits.REQUEST_PIXELS + step for step in (-1, 0, 1)}
    | {10**limits.DECIMAL_DIGITS, 191, 192, 193}  # the last two cells of the fuzzer's board, and the first outside
)

_JSON_VALUES = (
    *map(str, _INTEGERS),
    *("null", "true", "false", "{}", "[]", '""', "NaN", "-Infinity", "1e999", "-0", "0.5", "1E400", "00", "+1", "0x10"),
    *(
        '"-1"',
        '" 1"',
        '"1.5"',
        '"\\u0661"',
        '"\\ud800"',
        '"\\u0000"',
        '"\\u001b[2J\\n"',
        '"{line}%s"',
        "'1'",
        "\xff\xfe",
    ),
    *('"nuevo"', '"pintar"', '"cerrar"', '"historia"', '"autor"', '"red"', '"rojo"', '"usuarios"', '"bienvenida"'),
    *('"accion"', '"elegir"', '"calor"', '"pintores"', '"plantilla"', '"gente"', '"diario"', '"todos"', '"nadie"'),
    *('["Ana"]', "[1, 2, 3, 4]", "[0, 0, 65536, 65536]", '["192.0.2.0/24"]', '[["a", [1, 2, 3, 4], "todos"]]'),
    *(
        "9" * 5000,
        '"' + "7" * 5000 + '"',
        '"' + "a" * 33 + '"',
        '"' + "\U0001f58c" * 40 + '"',
        "[" * 3000,
        '{"a":' * 3000,
    ),
    *("[" * 500 + "]" * 500, '{"a": {"b": [1, 2, {"c": null}]}}', f'"{CANVAS_ID.decode()}"'),
)

_JSON_KEYS = (
    *("comando", "version", "lienzo", "desde", "nombre", "x_pos", "y_pos", "nombre_color", "solicitud", "secuencia"),
    *("columna", "fila", "cerrar", "", "\ud800", "comando ", "COMANDO", "\0"),
    *("accion", "elegir", "zona", "zonas", "quien", "nombres", "direcciones", "de", "numero", "antes", "datos"),
)

_HTTP_WORDS = (
    *(b"GET", b"HEAD", b"POST", b"OPTIONS", b"PRI * HTTP/2.0", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/9.9"),
    *(b"/", b"/ws", b"/board.png?scale=", b"/api/pixel?column=1&row=", b"/..%2f..%2fetc/passwd", b"//", b"*", b"%00"),
    *(
        b"/metrics",
        b"/healthz",
        b"/api/info",
        b"http://[",
        b"?scale=1&scale=2",
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b": ",
        b" ",
    ),
    *(
        b"Host:",
        b"Upgrade: websocket",
        b"Upgrade: h2c",
        b"Connection: Upgrade",
        b"Connection: close",
        b"Expect: 100-continue",
    ),
    *(b"Content-Length: ", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n"),
    *(b"Sec-WebSocket-Version: ", b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Extensions: permessage-deflate\r\n"),
    *(b"Origin: null\r\n", b"Origin: http://[::1\r\n", b"If-None-Match: *\r\n", b"Range: bytes=0-0\r\n", b"A" * 17000),
)


class Mutator:
    """Makes inputs without end from conversations.

    :ivar sequence: the board's, updated now and then, for clients that name their sequence.
    """

    def __init__(self, conversations: Sequence[Conversation], random: Random) -> None:
        self.sequence = 0
        self._random = random
        self._spoken = [each for each in conversations if each.wire != "http"]
        self._asked = [each for each in conversations if each.wire == "http"]
        self._openings = [each.messages[0] for each in conversations if each.wire == "websocket"]
        self._said = [_payloads(each) for each in self._spoken]  # both wires say the same

    def next_input(self) -> Input:
        """Make another input."""
        random = self._random
        wire: Wire = random.choices(("tcp", "websocket", "http"), (60, 28, 12))[0]
        if wire == "http":
            pieces = self._requests()
        else:
            payloads = list(random.choice(self._said))
            for _ in range(self._few()):
                self._mutate_messages(payloads)
            pieces = [
                self._frame_tcp(payload) if wire == "tcp" else self._frame_websocket(payload) for payload in payloads
            ]
            if wire == "websocket":
                opening = random.choice(self._openings)
                if random.random() < 0.1:
                    opening = self._mutate_request(opening)
                pieces = [opening, *pieces]
        if pieces and random.random() < 0.25:  # also below the codecs
            place = random.randrange(len(pieces)) if wire == "http" else len(pieces) - 1
            pieces[place] = self._mutate_bytes(pieces[place])
        head = pieces[: wire == "websocket"]
        pieces = [*head, *self._cut(b"".join(pieces[len(head) :]), [len(piece) for piece in pieces[len(head) :]])]
        ending: Ending = random.choices(("when answered", "at once", "reset"), (80, 14, 6))[0]
        return Input(wire, tuple(pieces), ending)

    def _few(self) -> int:
        """1 mostly, sometimes more."""
        return min(8, 1 + int(self._random.expovariate(0.9)))

    # --- messages ----------------------------------------------------------------------------------

    def _mutate_messages(self, payloads: list[bytes]) -> None:
        """Change a payload of the list, or the order of the payloads."""
        random = self._random
        place = random.randrange(len(payloads)) if payloads else 0
        action = random.random()
        if action < 0.62 and payloads:
            payloads[place] = self._mutate_payload(payloads[place])
        elif action < 0.70 and payloads:
            del payloads[place]
        elif action < 0.75 and payloads:
            payloads[place:place] = [payloads[place]] * random.choice((1, 1, 2, 5, 70))
        elif action < 0.82:
            random.shuffle(payloads)
        elif action < 0.90:  # the end of another conversation
            other = random.choice(self._said)
            payloads[place:] = other[random.randrange(len(other)) :]
        else:
            payloads.insert(place, random.choice(random.choice(self._said)))

    def _mutate_payload(self, payload: bytes) -> bytes:
        random = self._random
        action = random.random()
        if action < 0.15 or not payload:
            return self._mutate_bytes(payload)
        if action < 0.16:  # around the longest accepted payload
            longest = limits.CLIENT_PAYLOAD_BYTES + random.choice((-1, 0, 1))
            return (payload + b" " * longest)[:longest]
        if payload.startswith(b"{"):
            return self._mutate_json(payload)
        return self._mutate_pixels(payload)

    def _mutate_json(self, payload: bytes) -> bytes:
        """Change keys and values of an object, sometimes into invalid JSON."""
        random = self._random
        try:
            words = json.loads(payload)
        except (ValueError, RecursionError):  # changed before
            return self._mutate_bytes(payload)
        members = [(key, json.dumps(value)) for key, value in words.items()]
        for _ in range(self._few()):
            place = random.randrange(len(members)) if members else 0
            action = random.random()
            if action < 0.65 and members:
                members[place] = members[place][0], self._json_value()
            elif action < 0.72 and members:
                del members[place]
            elif action < 0.80 and members:
                members[place] = random.choice(_JSON_KEYS), members[place][1]
            elif action < 0.88 and members:  # the same key twice
                members.insert(random.randrange(len(members) + 1), (members[place][0], self._json_value()))
            elif action < 0.92:
                random.shuffle(members)
            else:
                members.append((random.choice(_JSON_KEYS), self._json_value()))
        text = ", ".join(f"{json.dumps(key)}: {value}" for key, value in members)
        return b"{%b}" % text.encode("utf-8" if random.random() < 0.95 else "utf-16", "surrogatepass")

    def _json_value(self) -> str:
        random = self._random
        if random.random() < 0.2:
            return str(max(0, self.sequence - random.choice((0, 0, 1, 10, 1000, 100_000))))
        return random.choice(_JSON_VALUES)

    def _mutate_pixels(self, payload: bytes) -> bytes:
        """Change the fields of a binary message."""
        random = self._random
        changed = bytearray(payload)
        action = random.random()
        if action < 0.1:
            changed[0] = random.randrange(0x20)
        elif action < 0.2:
            changed[1:5] = self._integer(4)
        elif action < 0.3:
            count = random.choice(
                (0, 1, 2, 191, 193, limits.REQUEST_PIXELS - 1, limits.REQUEST_PIXELS, limits.REQUEST_PIXELS + 1)
            )
            changed[5:] = (bytes(changed[5:10]) or bytes(5)) * count
        elif action < 0.4:
            changed += random.randbytes(random.randrange(1, 7))
        else:
            for _ in range(self._few()):
                start = 5 + 5 * random.randrange(max(1, (len(changed) - 5) // 5))
                if random.random() < 0.6:
                    changed[start : start + 5] = random.randrange(192).to_bytes(4, "little") + bytes(
                        [random.randrange(8)]
                    )
                elif random.random() < 0.5:
                    changed[start : start + 4] = self._integer(4)
                else:
                    changed[start + 4 : start + 5] = random.choice((b"\x07", b"\x08", b"\x7f", b"\xff", b""))
        return bytes(changed)

    # --- bytes -------------------------------------------------------------------------------------

    def _integer(self, size: int) -> bytes:
        value = self._random.choice(_INTEGERS) & ((1 << 8 * size) - 1)
        return value.to_bytes(size, "little" if self._random.random() < 0.7 else "big")

    def _mutate_bytes(self, data: bytes) -> bytes:
        """Change bytes without regard to their meaning."""
        random = self._random
        changed = bytearray(data)
        for _ in range(self._few()):
            start = random.randrange(len(changed) + 1)
            end = min(len(changed), start + int(random.expovariate(0.1)) + 1)
            action = random.randrange(8)
            if action == 0 and start < end:
                changed[start] ^= 1 << random.randrange(8)
            elif action == 1 and start < end:
                changed[start] = random.choice((0, 1, 0x1F, 0x20, 0x7F, 0x80, 0xC0, 0xFE, 0xFF))
            elif action == 2:
                del changed[start:end]
            elif action == 3:
                changed[start:start] = changed[start:end] * random.choice((1, 1, 3, 100))
            elif action == 4:
                changed[start:start] = random.randbytes(random.choice((1, 1, 5, 64)))
            elif action == 5:
                size = random.choice((1, 2, 4, 5, 8))
                changed[start : start + size] = self._integer(size)
            elif action == 6:  # a part of another conversation
                changed[start:end] = random.choice(random.choice(self._said))
            else:
                del changed[start:]
        return bytes(changed)

    def _frame_tcp(self, payload: bytes) -> bytes:
        """Make a frame, seldom with a wrong length."""
        random = self._random
        if random.random() > 0.02:
            return frame(payload)
        if random.random() < 0.5:
            return self._integer(5) + payload
        return max(0, len(payload) + random.choice((-5, -1, 1, 5))).to_bytes(5, "little") + payload

    def _frame_websocket(self, payload: bytes) -> bytes:
        """Put a message into correct frames, seldom into others."""
        random = self._random
        kind = websocket.TEXT if payload.startswith(b"{") else websocket.BINARY
        action = random.random()
        if action < 0.80:
            return self._masked(kind, payload)
        if action < 0.85:  # in fragments, sometimes with a control frame between them
            places = sorted(random.randrange(len(payload) + 1) for _ in range(self._few()))
            parts = [payload[start:end] for start, end in zip([0, *places], [*places, len(payload)], strict=True)]
            frames = [
                self._masked(0 if number else kind, part, final=number == len(parts) - 1)
                for number, part in enumerate(parts)
            ]
            if random.random() < 0.3:
                frames.insert(random.randrange(len(frames) + 1), self._masked(random.randrange(16), b"abc"))
            return b"".join(frames)
        if action < 0.90:
            control = random.choice((websocket.PING, websocket.PONG, websocket.CLOSE))
            code = random.choice((999, 1000, 1001, 1005, 1006, 1011, 1015, 2999, 3000, 4999, 5000, 65535)).to_bytes(
                2, "big"
            )
            content = random.choice(
                (b"", b"\x03", code, code + b"adi\xc3\xb3s", code + b"\xff", bytes(125), bytes(126))
            )
            return self._masked(control, content) + self._masked(kind, payload)
        if action < 0.95:
            return self._masked(
                random.randrange(16),
                payload,
                final=random.random() < 0.7,
                masked=random.random() < 0.8,
                reserved=random.choice((0, 0, 1, 2, 4, 7)),
            )
        return self._masked(
            kind, payload, length=random.choice((0, 125, 126, 127, 65535, 65536, 65537, 2**31, 2**62, 2**63 - 1))
        )

    def _masked(self, opcode: int, payload: bytes, **how: Any) -> bytes:
        """Make a client's frame; a mask of zero, as some clients use, leaves the payload readable."""
        mask = bytes(4) if self._random.random() < 0.75 else self._random.randbytes(4)
        return websocket.frame(opcode, payload, mask=mask, **how)

    def _requests(self) -> list[bytes]:
        """Return requests of HTTP, at least one of them changed."""
        random = self._random
        requests = list(random.choice(self._asked).messages)
        if random.random() < 0.3:
            requests += random.choice(self._asked).messages
        if random.random() < 0.1:
            random.shuffle(requests)
        place = random.randrange(len(requests))
        requests[place] = self._mutate_request(requests[place])
        return requests

    def _mutate_request(self, request: bytes) -> bytes:
        random = self._random
        changed = request
        for _ in range(self._few()):
            if random.random() < 0.3:
                changed = self._mutate_bytes(changed)
                continue
            start = random.choice([place for place, byte in enumerate(changed) if byte in b" \r\n:/?=&"] or [0])
            end = random.choice((start, start, start + 1, start + 2, start + random.randrange(30)))
            changed = changed[:start] + random.choice(_HTTP_WORDS) + changed[end:]
        return changed

    def _cut(self, data: bytes, lengths: Sequence[int]) -> list[bytes]:
        """Cut the bytes into pieces; sometimes cut the end off."""
        random = self._random
        action = random.random()
        if action < 0.5:
            places = []
        elif action < 0.75:  # unchanged
            places = [sum(lengths[:number]) for number in range(1, min(len(lengths), 8))]
        else:
            places = sorted(random.randrange(len(data) + 1) for _ in range(min(6, self._few())))
        if random.random() < 0.07:
            data = data[: random.randrange(len(data) + 1)]
        cut = [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]
        return [piece for piece in cut if piece]


def _payloads(conversation: Conversation) -> tuple[bytes, ...]:
    return conversation.messages[conversation.wire == "websocket" :]
