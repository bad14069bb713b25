"""A server is killed again and again while people paint; no pixel that a client saw may be lost.

    python -m tests.long.crashtest [--rounds N] [--seed N]

Each round starts a server on the same record, at times killing the server while it starts. Several clients paint on
real sockets as fast as the server answers, and the server ends at a random moment: by SIGKILL, by Ctrl+C and SIGKILL
while stopping, or by Ctrl+C alone. In every other round something happens to the record's file at a random moment: it
is moved and comes back, is moved or deleted for good, is replaced or overwritten by a backup, gets a hard link on which
a second server is tried, or loses its log. Meanwhile a moderator freezes and thaws the board, makes and removes areas,
bans everybody and forgives, rolls back and clears. The round compares everything that the clients received, and what
the moderator was answered as done, with a copy of the record, or of the new file that the server names in its last
line, and all clients go back to the next server with their boards.
"""

from __future__ import annotations

import argparse
import re
import selectors
import shutil
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from dcc.board.rules import Rules
from dcc.core.actions import (
    Action,
    AddAreas,
    AddKey,
    Announce,
    Area,
    Ban,
    Choice,
    Clear,
    Freeze,
    Group,
    LogEntry,
    NameMoment,
    Rectangle,
    RemoveAreas,
    RollBack,
    Thaw,
    Unban,
)
from dcc.core.canvas import PIXEL_BYTES, pack_pixels, unpack_pixels
from dcc.core.palette import AF06
from dcc.core.people import Role, digest_key, spell_key
from dcc.core.placements import Size
from dcc.errors import RecordInUse
from dcc.protocol import codec, version2
from dcc.protocol.frames import FrameDecoder, frame
from dcc.protocol.messages import (
    Acknowledged,
    Act,
    Changes,
    ClientMessage,
    Closing,
    Done,
    Hello,
    NamedBoard,
    Paint,
    PaintOne,
    Rejected,
    RulesNews,
    Users,
    Welcome,
    WholeBoard,
)
from dcc.record.maintenance import backup, verify
from dcc.record.reader import Reader
from dcc.record.writer import Writer
from tests.support.people import OPERATOR_PAINTER
from tests.support.server_process import PATIENCE_SECONDS, TWISTD, LineProcess

SIZE = Size(30, 20)
CLIENTS = 4
LONGEST_STROKE = 30
IN_FLIGHT = 3
PAINTS_A_ROUND = 150
"""Of each client: enough to keep the record busy all through a round, and few enough to check 500 rounds."""

LONGEST_RUN_SECONDS = 0.25
LONGEST_STOP_SECONDS = 0.03
KILLED_WHILE_STARTING = 0.3
ENDINGS = ("kill", "kill", "kill", "kill while stopping", "kill while stopping", "stop")

HARMLESS = ("moved and back", "log deleted", "hard link")
"""Accidents after which nothing may be missing, however the server ends."""
HARMFUL = ("moved", "deleted", "deleted with its log", "replaced", "overwritten")
"""Accidents after which the server saves everything when it stops; a moved file is put back after a kill."""
WHILE_RUNNING = ("log deleted", "deleted", "deleted with its log", "replaced", "overwritten")
"""Accidents that only a running server can mend, since the only copy of something is open in the server."""


BY_RULES = ("congelado", "zona-ajena", "resto-ajeno", "vetado")
"""Codes of refusals of a paint that a moderator is the cause of."""

EVERYBODY_HERE = "127.0.0.1"

MOST_AREAS = 3
"""Closed to the painters at a time, of some tenth of the board each."""


class Client:
    """A client of version 2 that paints without a pause, and remembers everything received.

    :ivar name: the painter's name in the record.
    """

    def __init__(self, name: str, random: Random) -> None:
        self.name = name
        self.random = random
        self.sent: list[bytes] = []  # in this round, as packed pixels
        self.answers: dict[int, int | None] = {}  # the sequence of a request's last pixel; None if it was refused
        self._sequence = 0
        self._colours = bytearray(SIZE.width * SIZE.height)
        self._canvas_id: str | None = None

    def connect(self, port: int) -> None:
        """Join a server, coming back with the board of the round before."""
        self.sent, self.answers = [], {}
        self._acknowledged = 0
        self._decoder = FrameDecoder(2**24)
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        self.hello()

    def hello(self) -> None:
        """Ask for the changes since the last board."""
        self.send(Hello(2, self._canvas_id, self._sequence, self.name))

    def send(self, message: ClientMessage) -> None:
        """Send a message."""
        self.socket.sendall(frame(version2.encode_command(message)))

    def paint_on(self) -> None:
        """Send paints, as many as may be in flight."""
        while len(self.sent) - len(self.answers) < IN_FLIGHT and len(self.sent) < PAINTS_A_ROUND:
            self.paint()

    def paint(self) -> None:
        """Send a paint."""
        length = self.random.randint(1, LONGEST_STROKE)
        self.sent.append(pack_pixels(self.random_pixel() for _ in range(length)))
        self.send(Paint(len(self.sent), self.sent[-1]))

    def random_pixel(self) -> tuple[int, int]:
        """A cell and a colour."""
        return self.random.randrange(SIZE.width * SIZE.height), self.random.randrange(len(AF06))

    def receive(self, data: bytes) -> None:
        """Read messages, and make sure that each fits the messages before."""
        self._decoder.feed(data)
        while (payload := self._decoder.next_payload()) is not None:
            self.take(payload)

    def take(self, payload: bytes) -> None:
        """Handle a payload."""
        match codec.decode_server(payload):
            case Welcome() as welcome:
                assert welcome.canvas_id == (self._canvas_id or welcome.canvas_id), "another canvas"
                assert welcome.sequence >= self._sequence, f"the sequence went back to {welcome.sequence}"
                self._canvas_id = welcome.canvas_id
            case WholeBoard() as board:
                assert board.sequence >= self._sequence, f"the sequence went back to {board.sequence}"
                self._sequence, self._colours = board.sequence, bytearray(board.colours)
            case Changes() as changes:
                self._sequence += len(changes.pixels) // PIXEL_BYTES
                assert changes.sequence == self._sequence, "changes are missing, or came twice"
                for cell, colour in unpack_pixels(changes.pixels):
                    self._colours[cell] = colour
            case Acknowledged() as answer:
                assert answer.request > self._acknowledged, "acknowledged out of order"
                assert answer.sequence <= self._sequence, "acknowledged before it was shown"
                self._acknowledged = answer.request
                self._answered(answer.request, answer.sequence)
            case Users() | Closing() | RulesNews():
                pass
            case Rejected() as rejected:
                by_file = rejected.reason.startswith("the record's file was")
                assert by_file or rejected.code in BY_RULES, rejected.reason
                self._answered(rejected.request, None)
            case message:
                raise AssertionError(f"the server sent {message}")

    def _answered(self, request: int, sequence: int | None) -> None:
        assert request not in self.answers, "answered twice"
        self.answers[request] = sequence

    def check(self, reader: Reader, since: int) -> None:
        """Make sure that the record has every pixel that this client saw.

        :param since: the last sequence of the record before this round.
        """
        assert self._sequence <= reader.last_sequence(), "shown, and lost"
        assert reader.canvas_at(self._sequence).colours == self._colours, "shown otherwise than recorded"
        for request, sequence in self.answers.items():
            if sequence is None:
                continue
            pixels = self.sent[request - 1]
            after = sequence - len(pixels) // PIXEL_BYTES
            assert b"".join(reader.pixels(after, sequence)) == pixels, "acknowledged, and lost"

    def check_board(self, reader: Reader) -> None:
        """Make sure that a record without its history has the last board."""
        assert reader.canvas_at(reader.last_sequence()).colours == self._colours, "shown, and lost"
        self._canvas_id, self._sequence = None, 0

    def expected(self) -> list[bytes]:
        """Return the requests that may be recorded, in order."""
        return [pixels for request, pixels in enumerate(self.sent, start=1) if self.answers.get(request, 0) is not None]

    @property
    def acknowledged(self) -> int:
        """Return the number of acknowledged requests."""
        return sum(sequence is not None for sequence in self.answers.values())


class Version1Client(Client):
    """A client of the published activity, which receives boards and knows no sequences."""

    def __init__(self, random: Random) -> None:
        super().__init__("", random)

    def paint_on(self) -> None:
        """Send a paint after each board: no board tells which paint it answers."""
        if len(self.sent) < PAINTS_A_ROUND:
            self.paint()

    def hello(self) -> None:
        """Ask for the board."""
        self._board: bytes | None = None
        self.send(Hello())

    def paint(self) -> None:
        """Paint a pixel."""
        cell, colour = self.random_pixel()
        row, column = divmod(cell, SIZE.width)
        self.sent.append(pack_pixels([(cell, colour)]))
        self.send(PaintOne(column, row, AF06[colour].name))

    def take(self, payload: bytes) -> None:
        """Handle a board, the answer to a paint or the effect of others' paints."""
        board = codec.decode_server(payload)
        if isinstance(board, Closing):
            return
        assert isinstance(board, NamedBoard), board
        colours = bytearray(SIZE.width * SIZE.height)
        for (column, row), name in board.names.items():
            colours[row * SIZE.width + column] = AF06.index[name]
        self._board = bytes(colours)

    def check_board(self, reader: Reader) -> None:
        """Make sure that a record without its history has the last board."""
        assert self._board in (None, bytes(reader.canvas_at(reader.last_sequence()).colours)), "shown, and lost"

    def check(self, reader: Reader, since: int) -> None:
        """Make sure that the last board received is a state in the record's history."""
        canvas = reader.canvas_at(since)
        boards = [bytes(canvas.colours)]
        for stroke in reader.strokes(since):
            canvas.apply(stroke.pixels)
            boards.append(bytes(canvas.colours))
        assert self._board is None or self._board in boards, "shown, and lost"


class Moderator(Client):
    """Does one action after another, and remembers what was answered as done.

    :ivar rules: what the record says; the next server must say the same.
    """

    key = spell_key(bytes(16))

    def __init__(self, random: Random) -> None:
        super().__init__("Mo", random)
        self.rules = Rules(SIZE)
        self.done: list[tuple[Action, Done]] = []  # in this round
        self.refused = 0  # actions so far
        self._asked: Action | None = None
        self._made = 0  # areas and moments so far
        self._is_welcome = self._has_acted = False

    def give_key(self, path: Path) -> None:
        """Give the moderator a key in a new record."""
        writer = Writer(path, SIZE)
        try:
            entry, _strokes = writer.act(OPERATOR_PAINTER, AddKey(self.name, digest_key(self.key), Role.OWN), b"", 0)
        finally:
            writer.close()
        self.rules = Rules(SIZE)
        self.rules.apply(entry)

    def hello(self) -> None:
        """Show the key."""
        self.done, self._asked, self._is_welcome, self._has_acted = [], None, False, False
        self.send(Hello(2, self._canvas_id, self._sequence, key=self.key))

    def paint_on(self) -> None:
        """Do the next action, once the one before is answered."""
        if self._asked is None and self._is_welcome:
            self._has_acted = True
            self._asked = self._next()
            self.send(Act(0, self._asked))

    def _next(self) -> Action:
        """Choose an action that is possible."""
        rules, news = self.rules, self.rules.news
        self._made += 1
        if news.is_frozen:
            return Thaw()
        if rules.bans(0):
            return Unban(network=EVERYBODY_HERE)
        if len(news.areas) > MOST_AREAS:
            return RemoveAreas()
        column, row = self.random.randrange(SIZE.width), self.random.randrange(SIZE.height)
        place = Rectangle(column, row, min(8, SIZE.width - column), min(8, SIZE.height - row))
        return self.random.choice(
            (
                Freeze(),
                Ban("", EVERYBODY_HERE, "so"),
                AddAreas((Area(f"area {self._made}", place, Group.MODERATORS),)),
                Announce(f"number {self._made}"),
                NameMoment(f"moment {self._made}"),
                RollBack(Choice(networks=(EVERYBODY_HERE,), place=place)),
                RollBack(Choice(names=(self.name,))),
                Clear(place),
            )
        )

    def take(self, payload: bytes) -> None:
        """Take the answer to an action."""
        message = codec.decode_server(payload)
        match message:
            case RulesNews():
                assert self._has_acted or message == self.rules.news, "other rules than before"
            case Done():
                assert self._asked is not None, "an answer without an action"
                assert message.sequence <= self._sequence, "done before it was shown"
                self.done.append((self._asked, message))
                entry = LogEntry(message.number, message.sequence, 0, OPERATOR_PAINTER, self._asked, message.cells)
                self.rules.apply(entry)
                self._asked = None
            case Rejected():
                self.refused += 1
                self._asked = None
            case _:
                super().take(payload)
                self._is_welcome = True

    def check_log(self, reader: Reader) -> None:
        """Make sure that what was answered as done is in the record, once, and at most one action more."""
        entries = list(reader.log())
        by_number = {entry.number: entry for entry in entries}
        for action, done in self.done:
            entry = by_number[done.number]
            assert (entry.action, entry.cells) == (action, done.cells), "done, and recorded otherwise"
            assert entry.sequence + entry.cells == done.sequence, "done, and recorded elsewhere"
        rules = Rules(SIZE)
        for entry in entries:
            rules.apply(entry)
        surplus = rules.version - self.rules.version
        assert surplus in (0, self._asked is not None), "done twice, or never asked for"
        assert surplus or rules.news == self.rules.news, "other rules than were answered"
        self.rules = rules


class Crashtest:
    """Rounds on the same record.

    :ivar counts: counts of events so far, by name.
    :ivar last: what happened in the last round.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.last = ""
        self._random = Random(seed)
        self._folder = folder
        self._path = folder / "dcc.sqlite3"
        self._command = [*TWISTD, "--port", "0", "--lang", "en", "--store", f"sqlite:{self._path}"]
        self._clients = [
            *(Client(f"client {number}", Random(self._random.random())) for number in range(1, CLIENTS)),
            Version1Client(Random(self._random.random())),
        ]
        self._moderator = Moderator(Random(self._random.random()))
        self._moderator.give_key(self._path)
        self._everybody = [*self._clients, self._moderator]
        self._sequence = 0
        self._start_seconds = 0.5

    def round(self) -> None:
        """Run a server to its end, with clients.

        :raises AssertionError: something was lost.
        """
        while self._random.random() < KILLED_WHILE_STARTING:
            self._start_and_kill()
        began = time.monotonic()
        with LineProcess(self._command) as server:
            port = int(server.wait_for(r"127\.0\.0\.1:(\d+)$")[1])
            self._start_seconds = time.monotonic() - began
            for client in self._everybody:
                client.connect(port)
            saved = self._run(server)
        if saved is not None:
            self._go_on_with(*saved)
        self._check()
        self.counts["rounds"] += 1

    def _start_and_kill(self) -> None:
        """Start a server, and kill it while it starts."""
        with LineProcess(self._command) as server:
            self._wait(self._random.uniform(0, 1.2 * self._start_seconds))
            server.process.kill()
        self.counts["killed while starting"] += 1

    def _wait(self, seconds: float) -> None:
        """Wait a random time: the moment of the kill is the subject of the test."""
        with selectors.DefaultSelector() as selector:
            selector.select(seconds)

    def _run(self, server: LineProcess) -> tuple[Path, bool] | None:
        """Let the clients paint until the server is gone, soon.

        :return: the new file that the server saved everything in, and whether it has the history; None for no new file.
        """
        accident = self._random.choice((*HARMLESS, *HARMFUL)) if self._random.random() < 0.5 and self._backup() else ""
        ending = self._random.choice(ENDINGS)
        if accident in WHILE_RUNNING:
            ending = "stop"
        self.counts[ending] += 1
        self.last = f"{accident or 'no accident'}, {ending}"
        if accident:
            self.counts[f"file: {accident}"] += 1
        stop_at = time.monotonic() + self._random.uniform(0, LONGEST_RUN_SECONDS)
        kill_at = stop_at + (self._random.uniform(0, LONGEST_STOP_SECONDS) if ending != "kill" else 0)
        actions: list[tuple[float, Callable[[], None]]] = []
        if ending != "kill":
            actions.append((stop_at, server.interrupt))
        if ending != "stop":
            actions.append((kill_at, server.process.kill))
        happens_at = self._random.uniform(time.monotonic(), stop_at)
        if accident:
            actions.append((happens_at, lambda: self._happen(accident)))
        if accident == "moved and back":
            actions.append((self._random.uniform(happens_at, stop_at), self._move_back))
        actions.sort(key=lambda action: action[0])
        with selectors.DefaultSelector() as selector:
            for client in self._everybody:
                selector.register(client.socket, selectors.EVENT_READ, client)
            while selector.get_map():
                while actions and time.monotonic() >= actions[0][0]:
                    actions.pop(0)[1]()
                wait = actions[0][0] - time.monotonic() if actions else PATIENCE_SECONDS
                for key, _events in selector.select(max(0.0, wait)):
                    client = key.data
                    try:
                        data = client.socket.recv(65536)
                        client.receive(data)
                        if data:
                            client.paint_on()
                    except ConnectionError:
                        data = b""
                    if not data:
                        selector.unregister(client.socket)
                        client.socket.close()
        for _when, action in actions:
            action()
        status = server.finish()
        assert "Traceback" not in server.output, server.output
        saved = re.search(r"(Everything|The board) is saved in (\S+?)[;,] ", server.output)
        if ending == "stop":
            assert status == (1 if accident in HARMFUL else 0), server.output
            assert (saved is not None) == (accident in HARMFUL), server.output
        if accident == "moved" and saved is None:
            self._move_back()
        self.counts["saved in a new file"] += saved is not None
        return (Path(saved[2]), saved[1] == "Everything") if saved is not None else None

    # --- accidents -------------------------------------------------------------------------------

    def _backup(self) -> bool:
        """Back up the record of the last round.

        :return: whether there is one.
        """
        if self._path.exists():
            (self._folder / "backup").unlink(missing_ok=True)
            backup(self._path, self._folder / "backup")
        return self._path.exists()

    def _happen(self, accident: str) -> None:
        log = self._path.with_name(f"{self._path.name}-wal")
        match accident:
            case "moved" | "moved and back":
                (self._folder / "away").mkdir()
                for file in self._folder.glob("dcc.sqlite3*"):
                    file.rename(self._folder / "away" / file.name)
            case "deleted":
                self._path.unlink()
            case "deleted with its log":
                self._path.unlink()
                log.unlink()
            case "log deleted":
                log.unlink()
            case "replaced":
                shutil.copy(self._folder / "backup", self._folder / "new")
                (self._folder / "new").replace(self._path)
            case "overwritten":
                shutil.copyfile(self._folder / "backup", self._path)
            case "hard link":
                link = self._folder / "link.sqlite3"
                link.hardlink_to(self._path)
                try:
                    Writer(link).close()
                except RecordInUse:
                    pass
                else:
                    raise AssertionError("a second writer opened the record by another name")
                link.unlink()

    def _move_back(self) -> None:
        for file in (self._folder / "away").iterdir():
            file.rename(self._path.with_name(file.name))
        (self._folder / "away").rmdir()

    def _go_on_with(self, saved: Path, is_whole: bool) -> None:
        """Put the file that the server saved in the place of the record."""
        for file in self._folder.glob("dcc.sqlite3*"):
            if file != saved:
                file.unlink()
        saved.rename(self._path)
        shutil.rmtree(self._folder / "away", ignore_errors=True)
        if not is_whole:
            self.counts["saved without the history"] += 1
            with Reader(self._path) as reader:
                for client in self._everybody:
                    client.check_board(reader)
                    client.sent, client.answers = [], {}
                self._sequence = reader.last_sequence()
            self._moderator.done = []
            self._moderator.give_key(self._path)

    def _check(self) -> None:
        """Compare with a copy, so that the next server recovers the record."""
        copy = self._folder / "copy"
        copy.mkdir()
        for name in ("dcc.sqlite3", "dcc.sqlite3-wal"):
            if (self._folder / name).exists():
                shutil.copy(self._folder / name, copy / name)
        path = copy / "dcc.sqlite3"
        with Reader(path) as reader:
            strokes = list(reader.strokes(self._sequence))
            for client in self._clients:
                client.check(reader, self._sequence)
                kept = [stroke.pixels for stroke in strokes if stroke.painter.name == client.name]
                possible = iter(client.expected())  # what was in flight at the goodbye may be refused without an answer
                assert all(pixels in possible for pixels in kept), "recorded otherwise than painted"
                assert len(kept) >= client.acknowledged, "acknowledged, and lost"
                self.counts["paints sent"] += len(client.sent)
                self.counts["paints acknowledged"] += client.acknowledged
                self.counts["paints refused"] += len(client.answers) - client.acknowledged
                self.counts["paints recorded"] += len(kept)
            self._moderator.check(reader, self._sequence)
            self._moderator.check_log(reader)
            self.counts["actions done"] += len(self._moderator.done)
            self.counts["actions refused"] = self._moderator.refused
            assert reader.last_sequence() >= self._sequence, "the sequence went back"
            self._sequence = reader.last_sequence()
        problems = verify(path).problems
        assert not problems, problems
        self.counts["pixels"] = self._sequence
        shutil.rmtree(copy)


def crashtest(rounds: int, seed: int) -> Counter[str]:
    """Run a number of rounds.

    :return: counts of events, by name.
    :raises AssertionError: a pixel was lost; the message names a folder with the remains.
    """
    folder = Path(tempfile.mkdtemp(prefix="dcc-crashtest-"))
    test = Crashtest(folder, seed)
    try:
        for _ in range(rounds):
            test.round()
    except BaseException:
        print(f"in round {test.counts['rounds'] + 1} ({test.last}) with seed {seed}; the files are in {folder}")
        raise
    shutil.rmtree(folder)
    return test.counts


def main() -> None:
    """Run from a command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.long.crashtest", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seed", type=int, default=Random().randrange(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    began = time.monotonic()
    for name, count in crashtest(options.rounds, options.seed).items():
        print(f"{count:10,}  {name}")
    print(f"{time.monotonic() - began:10,.0f}  seconds")


if __name__ == "__main__":
    main()
