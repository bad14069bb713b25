"""People, as an operator hosts them: the owner's first key, the operator's way in, entry, pauses, a class, names of a
proxy, and the link for a projector. Real servers, real sockets.
"""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dcc.core.actions import (
    Action,
    Announce,
    Ban,
    Choice,
    Entry,
    Freeze,
    Group,
    RemoveAreas,
    RevokeKey,
    RollBack,
    SetEntry,
)
from dcc.core.canvas import pack_pixels
from dcc.core.people import Role
from dcc.operator_file import operator_path, read_operator
from dcc.protocol import codec, version2
from dcc.protocol.messages import (
    Acknowledged,
    Act,
    ActionLog,
    AskAuthor,
    AskLog,
    AskPeople,
    Author,
    ClientMessage,
    Closing,
    Cooldown,
    Done,
    Failed,
    Guest,
    Hello,
    Paint,
    People,
    Rejected,
    RulesNews,
    Welcome,
)
from tests.support.certificates import local_endpoint
from tests.support.server_process import DCC, PATIENCE_SECONDS, TWISTD, LineProcess, Peer, ServerProcess, WebServer
from tests.support.websocket import BINARY, TEXT, Connection, WebSocket, get, message
from tests.support.wire import HELLO_1, pintar

_Kind = TypeVar("_Kind")
SERVE = (DCC, "serve")
OWNER = r"^Only for you, and told once: .*[ =]([a-z2-7]{26})$"


class Person(Peer):
    """A client of version 2 on TCP."""

    def __init__(self, port: int, *, source: str | None = None, **hello: Any) -> None:
        super().__init__(port, source=source)
        self.say(Hello(2, **hello))

    def say(self, said: ClientMessage) -> None:
        self.send(version2.encode_command(said))

    def until(self, kind: type[_Kind]) -> _Kind:
        """Skip messages until one of a kind."""
        while True:
            got = codec.decode_server(self.receive())
            if isinstance(got, kind):
                return got

    def until_areas(self, count: int) -> RulesNews:
        """Skip messages until rules with a number of areas: they are told once a second at most."""
        while len((rules := self.until(RulesNews)).areas) != count:
            pass
        return rules

    def act(self, action: Action) -> Done:
        """Do an action."""
        self.say(Act(1, action))
        return self.until(Done)

    def paint(self, cell: int = 0, colour: int = 2) -> Acknowledged | Rejected:
        """Paint a cell; the answer."""
        self.say(Paint(2, pack_pixels([(cell, colour)])))
        while True:
            got = codec.decode_server(self.receive())
            if isinstance(got, Acknowledged | Rejected):
                return got

    def may_paint(self, cell: int = 0) -> bool:
        """Whether the server lets this person paint a cell."""
        return isinstance(self.paint(cell), Acknowledged)

    def end(self) -> Failed:
        """Read to the end of the connection; why it ended."""
        *_before, failed, closing = map(codec.decode_server, self.receive_rest())
        assert isinstance(closing, Closing) and isinstance(failed, Failed)
        return failed


def owner_key(server: ServerProcess) -> str:
    """Return the owner's key that the console has told."""
    return server.wait_for(OWNER.removeprefix("^"))[1]


@pytest.fixture
def record(tmp_path: Path) -> str:
    """The path of a record that is not there yet."""
    return str(tmp_path / "board.sqlite3")


# --- the owner's first key -----------------------------------------------------------------------


@pytest.mark.parametrize("command", [SERVE, TWISTD], ids=["dcc serve", "twistd dcc"])
def test_the_first_start_of_a_record_tells_an_owner_s_link_once(record: str, command: tuple[str, ...]) -> None:
    with WebServer("--store", record, command=command, language="en") as server:
        link = server.wait_for(r"Only for you, and told once: .*: (http://127\.0\.0\.1:\d+/)#clave=([a-z2-7]{26})$")
        assert link[1] == server.url
        assert "Warning" not in link.string
        with Person(server.port, key=link[2]) as owner:
            welcome = owner.until(Welcome)
            assert (welcome.role, welcome.name) == (Role.OWN, "owner")
    with WebServer("--store", record, command=command, language="en") as server:
        server.stop()
        assert "Only for you" not in server.output


def test_without_a_page_the_owner_is_told_the_key(record: str) -> None:
    with ServerProcess("--store", record, command=SERVE, language="en") as server:
        assert re.search(
            r"Only for you, and told once: whoever has this key owns the canvas: [a-z2-7]{26}$", server.output
        )


def test_a_canvas_whose_last_owner_was_taken_the_key_gets_another_owner(record: str) -> None:
    with ServerProcess("--store", record, language="en") as server:
        old = owner_key(server)
        with Person(server.port, key=read_operator(record).key) as operator:
            operator.act(RevokeKey("owner"))
    with ServerProcess("--store", record, language="en") as server:
        assert owner_key(server) != old
        with Person(server.port, key=old) as former:
            assert former.end().code == "clave-desconocida"


# --- the operator's way in -----------------------------------------------------------------------


def test_the_operator_s_file_lets_its_reader_own_the_canvas_while_the_server_runs(record: str) -> None:
    file = operator_path(record)
    with ServerProcess("--store", record, language="en") as server:
        operator = read_operator(record)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert (operator.address, operator.page) == (f"127.0.0.1:{server.port}", None)
        with Person(server.port, key=operator.key) as person:
            assert person.until(Welcome).role is Role.OWN
            assert person.act(Freeze()).number > 1
        server.stop()
    assert not file.exists()


def test_a_file_of_a_killed_server_does_no_harm(record: str) -> None:
    server = ServerProcess("--store", record, language="en")
    try:
        old = read_operator(record)
        server.process.send_signal(signal.SIGKILL)
        server.finish()
    finally:
        server.close()
    assert operator_path(record).exists()
    with ServerProcess("--store", record, language="en") as server:
        assert read_operator(record).key != old.key
        with Person(server.port, key=old.key) as late:
            assert late.end().code == "clave-desconocida"


def test_a_link_to_a_record_and_the_record_itself_have_one_operator_s_file(record: str, tmp_path: Path) -> None:
    Path(record).touch()
    link = tmp_path / "link.sqlite3"
    link.symlink_to(record)
    Path(record).unlink()
    with ServerProcess("--store", str(link), language="en"):
        assert operator_path(record).exists() and not operator_path(link).exists()


@pytest.mark.parametrize("endpoint", ["haproxy:tcp:0:interface=127.0.0.1", "ssl", "unix"])
def test_the_operator_gets_in_whatever_the_port_for_others_speaks(record: str, tmp_path: Path, endpoint: str) -> None:
    socket = tmp_path / "dcc.sock"
    described = {"ssl": local_endpoint(), "unix": f"unix:{socket}"}.get(endpoint, endpoint)
    words = [*SERVE, "--lang", "en", "--store", record, "--port", described]
    with LineProcess(words) as server:
        server.wait_for("Only for you")
        operator = read_operator(record)
        if endpoint == "unix":
            assert operator.address == f"unix:{socket}"
        else:
            with Person(int(operator.address.rpartition(":")[2]), key=operator.key) as person:
                assert person.until(Welcome).role is Role.OWN
        server.interrupt()
        assert server.finish() == 0


def test_an_operator_s_file_that_cannot_be_written_is_a_warning(record: str) -> None:
    operator_path(record).mkdir()
    with ServerProcess("--store", record, language="en") as server:
        server.wait_for(r"Commands with --store cannot reach this server: .*board\.sqlite3\.operator: ")
        with Person(server.port) as anybody:
            assert anybody.may_paint()


# --- settings that the record keeps --------------------------------------------------------------


def test_entry_and_pause_are_recorded_at_the_start_and_hold_until_another_start_says_otherwise(record: str) -> None:
    for options, entry, most in (
        (("--entry", "keys", "--cooldown", "60", "--charges", "3"), Entry.KEYS, 3),
        ((), Entry.KEYS, 3),
        (("--entry", "open"), Entry.OPEN, 3),
        (("--cooldown", "0"), Entry.OPEN, 0),
    ):
        with ServerProcess("--store", record, *options, language="en") as server, Person(server.port) as person:
            welcome = person.until(Welcome)
            assert welcome.role is (Role.PAINT if entry is Entry.OPEN else Role.WATCH), options
            if most:
                assert person.until(Cooldown).most == most
            else:
                assert person.may_paint()
            with Person(server.port, key=read_operator(record).key) as operator:
                operator.say(AskLog(1))
                first = operator.until(ActionLog).entries
    kinds = [type(line.action).__name__ for line in reversed(first)]
    assert kinds == ["SetEntry", "SetCooldown", "AddKey", "SetEntry", "SetCooldown"]
    assert {line.painter.name for line in first} == {"dcc"} and all(line.painter.is_proven for line in first)


def test_who_says_the_word_of_the_room_paints_and_a_wrong_word_is_a_line_for_the_operator() -> None:
    with ServerProcess("--entry", "code:Sol y luna", language="en") as server:
        with Person(server.port) as watcher, Person(server.port, code=" sol Y luna ") as painter:
            refused = watcher.paint()
            assert isinstance(refused, Rejected) and refused.code == "falta-codigo"
            assert painter.may_paint()
        with Person(server.port, code="mar") as guesser:
            assert guesser.end().code == "codigo-erroneo"
        server.wait_for(
            "Warning: .* is disconnected: this is not the code of the room|is disconnected: this is not the"
        )


def test_wrong_keys_are_told_to_the_operator_a_few_times_and_then_counted() -> None:
    with ServerProcess(language="en") as server:
        codes = []
        for number in range(130):
            with Person(server.port, key=f"{number:026}") as guesser:
                codes.append(guesser.end().code)
        assert set(codes[:100]) == {"clave-desconocida"} and "demasiados-intentos" in codes[100:]
        server.wait_for(r"\d+ more warnings of this kind in the last 10 s")
        assert len([line for line in server.lines if "is disconnected" in line]) < 25
        with Person(server.port, key=owner_key(server)) as owner:
            owner.say(AskPeople(3))
            assert owner.until(People).guesses[-1][0] == "127.0.0.1"


@pytest.mark.parametrize(("option", "kept"), [("keep", r"127\.0\.0\.1"), ("hash", "~[0-9a-f]{16}"), ("none", "")])
def test_addresses_are_recorded_as_the_operator_says(record: str, option: str, kept: str) -> None:
    with (
        ServerProcess("--store", record, "--addresses", option, language="en") as server,
        Person(server.port) as painter,
        Person(server.port, key=owner_key(server)) as owner,
    ):
        assert painter.may_paint(7)
        owner.say(AskAuthor(5, 7, 0))
        author = owner.until(Author)
        assert re.fullmatch(kept, author.address or ""), author
        owner.say(AskPeople(6))  # who is connected now is shown all the same
        assert {guest.address for guest in owner.until(People).guests} == {"127.0.0.1"}


# --- bans ----------------------------------------------------------------------------------------


def test_a_ban_from_connecting_ends_connections_at_once_and_later_ones_with_the_reason_and_the_end() -> None:
    until = 4_102_444_800_000
    with WebServer(language="en") as server, Person(server.port, key=owner_key(server)) as owner:
        with (
            Person(server.port, source="127.0.0.9") as vandal,
            Peer(server.port, source="127.0.0.9") as old,
            Person(server.port, source="127.0.0.8") as neighbour,
        ):
            vandal.until(Welcome)
            old.send(HELLO_1)
            old.receive()
            owner.act(Ban("", "127.0.0.9", "scribbles", from_connecting=True, until_ms=until))
            assert vandal.end().error == "you may not connect until 2100-01-01 00:00 UTC: scribbles"
            last = codec.decode_server(old.receive_rest()[-1])
            assert isinstance(last, Closing) and last.code == "expulsado-hasta"
            assert neighbour.may_paint()
        with Person(server.port, source="127.0.0.9") as again, Peer(server.port, source="127.0.0.9") as first:
            assert again.end().code == "expulsado-hasta"
            first.send(pintar(0, 0, "red"))
            assert b"expulsado-hasta" in first.receive_rest()[-1]
        with Person(server.port, source="127.0.0.9", key=owner_key(server)) as known:
            assert known.until(Welcome).role is Role.OWN  # a ban of an address is for people without a proven name
        away = get(server.web_port, "/metrics")[2].decode()
        assert 'dcc_sent_away_total{reason="expulsado-hasta"} 4.0' in away
        assert 'dcc_actions_total{action="vetar"} 1.0' in away
        assert 'dcc_actions_total{action="congelar"} 0.0' in away
        assert get(server.web_port, "/healthz")[2] == b"ok\n"


def test_who_only_watches_is_not_counted_as_a_user() -> None:
    with WebServer(language="en") as server, Person(server.port, only_watches=True) as watcher:
        watcher.until(Welcome)
        with Person(server.port) as painter:
            painter.until(Welcome)
            until_users(watcher, 1)
        until_users(watcher, 0)


def until_users(watcher: Person, count: int) -> None:
    """Read until the server tells this number of users, which it does once a second if the number has changed."""
    while getattr(codec.decode_server(watcher.receive()), "connected", None) != count:
        pass


# --- lines about actions -------------------------------------------------------------------------


def test_each_action_is_a_line_that_no_terminal_obeys_also_for_a_quiet_operator() -> None:
    with ServerProcess("--quiet", language="en") as server, Person(server.port, key=owner_key(server)) as owner:
        owner.act(Freeze())
        owner.act(Announce("ten {more} minutes"))
        owner.act(Ban("Eve", "", "so"))
        server.wait_for("owner froze the board")
        server.wait_for(r"owner announced: ten \{more\} minutes")
        server.wait_for("owner banned 'Eve' from painting: so")
        server.stop()
        assert "arrived" not in server.output
        assert "gave" not in server.output  # what a start records is no news


# --- a class -------------------------------------------------------------------------------------


@pytest.fixture
def names(tmp_path: Path) -> Path:
    """A teacher's file."""
    path = tmp_path / "4b.txt"
    path.write_bytes(b"\xef\xbb\xbfAda\r\n\r\nGrace\r\nN\xc3\xbaria\r\nEva\r\nSam\r\n")
    return path


def keys_of(sheet: Path) -> dict[str, str]:
    """Return the keys of a sheet, by name."""
    return dict(re.findall(r"<bdi>(.*?)</bdi>.*?(?:#clave=|<code>)([a-z2-7]{26})", sheet.read_text(encoding="utf-8")))


def start_class(names: Path, record: str, *options: str) -> WebServer:
    """Start a server for a class, on this machine alone."""
    return WebServer(
        *("--store", record, "--class", str(names), "--interface", "127.0.0.1", "--canvas", "30x20", *options),
        language="en",
        command=SERVE,
    )


def test_a_class_has_keys_areas_and_a_sheet_and_nobody_else_paints(record: str, names: Path) -> None:
    sheet = names.with_name("4b-sheet.html")
    with start_class(names, record) as server:
        server.wait_for(re.escape(f"The sheet with 5 new keys is {sheet}"))
        assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
        keys = keys_of(sheet)
        assert list(keys) == ["Ada", "Grace", "Núria", "Eva", "Sam"]
        assert f"{server.url}#clave={keys['Ada']}" in sheet.read_text(encoding="utf-8")
        with Person(server.port) as nobody:
            rules = nobody.until_areas(5)
            assert (rules.entry, rules.rest) == (Entry.KEYS, Group.MODERATORS)
            assert [(area.name, area.allowed) for area in rules.areas] == [(name, (name,)) for name in keys]
            assert not nobody.may_paint()
        with Person(server.port, key=owner_key(server)) as teacher:
            places = {area.name: area.place for area in rules.areas}
            for name, key in keys.items():
                with Person(server.port, key=key) as pupil:
                    assert pupil.until(Welcome).name == name
                    may = {each: pupil.may_paint(place.row * 30 + place.column) for each, place in places.items()}
                    assert may == {each: each == name for each in keys}
            assert teacher.may_paint(0)
        server.stop()
        assert "Warning" not in server.output


def test_a_later_start_changes_nothing_but_for_new_names_which_get_a_sheet_of_their_own(
    record: str, names: Path
) -> None:
    with start_class(names, record) as server:
        rules = rules_of(server, 5)
    sheet = names.with_name("4b-sheet.html")
    before = sheet.read_bytes()
    with start_class(names, record) as server, Person(server.port, key=keys_of(sheet)["Ada"]) as ada:
        assert ada.until_areas(5) == rules
        server.stop()
        assert "sheet" not in server.output
    names.write_text("Ada\nGrace\nNúria\nEva\nSam\nZoë\n", encoding="utf-8")
    with start_class(names, record) as server:
        later = names.with_name("4b-sheet-2.html")
        server.wait_for(re.escape(f"The sheet with 1 new key is {later}: print it, and hand out the slip."))
        assert list(keys_of(later)) == ["Zoë"] and sheet.read_bytes() == before
        with Person(server.port, key=keys_of(later)["Zoë"]) as zoe:
            areas = zoe.until_areas(6).areas
            assert areas[:5] == rules.areas
            assert [area.name for area in areas[5:]] == ["Zoë"]
            place = areas[5].place
            assert zoe.may_paint(place.row * 30 + place.column)
    names.write_text("Ada\nGrace\nNúria\nEva\nSam\nZoë\nKim\nLou\n", encoding="utf-8")
    with start_class(names, record) as server:
        server.wait_for("Warning: There is no free area for Kim, Lou: ")


def rules_of(server: ServerProcess, areas: int) -> RulesNews:
    """Return the rules with a number of areas, as anybody is told."""
    with Person(server.port) as person:
        return person.until_areas(areas)


def test_what_the_teacher_changes_stays_changed_at_the_next_start(record: str, names: Path) -> None:
    with start_class(names, record) as server, Person(server.port, key=owner_key(server)) as teacher:
        teacher.act(SetEntry(Entry.OPEN))
        teacher.act(RemoveAreas(("Grace",)))
    with start_class(names, record) as server:
        rules = rules_of(server, 4)
        assert rules.entry is Entry.OPEN
        assert [area.name for area in rules.areas] == ["Ada", "Núria", "Eva", "Sam"]


@pytest.mark.parametrize(
    ("text", "options", "line"),
    [
        (b"Ada\nAda\n", (), r"4b\.txt: line 2: the name Ada is in line 1 already"),
        (b"", (), r"4b\.txt: no names: write one on each line"),
        ("Ada\nG\u202eace".encode(), (), r"4b\.txt: line 2: a character that nobody sees, U\+202E"),
        (b"Ada\nBob\nEve\n", ("--canvas", "1x2"), r"4b\.txt: 3 areas do not fit: a part of 1 x 2 is too small"),
    ],
    ids=["a name twice", "nothing", "a mark of direction", "a board too small"],
)
def test_a_class_that_cannot_be_is_a_line_and_leaves_nothing_behind(
    tmp_path: Path, record: str, text: bytes, options: tuple[str, ...], line: str
) -> None:
    names = tmp_path / "4b.txt"
    names.write_bytes(text)
    ran = subprocess.run(
        [*SERVE, "--lang", "en", "--store", record, "--port", "0", "--class", names, *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert ran.returncode == 2
    assert re.search(rf"^dcc serve: --class .*{line}", ran.stderr), ran.stderr
    assert ran.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == [names]


def test_a_saved_board_too_small_for_a_class_stops_the_start_with_status_1(tmp_path: Path, record: str) -> None:
    with ServerProcess("--store", record, "--canvas", "1x2", language="en"):
        pass
    names = tmp_path / "4b.txt"
    names.write_bytes(b"Ada\nBob\nEve\n")
    ran = subprocess.run(
        [*SERVE, "--lang", "en", "--store", record, "--port", "0", "--http", "0", "--class", names],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert ran.returncode == 1
    assert re.search(r"Error: --class .*4b\.txt: 3 areas do not fit", ran.stdout), ran.stdout
    assert "listening" not in ran.stdout and "Traceback" not in ran.stdout + ran.stderr
    assert not list(tmp_path.glob("*.html"))


# --- names of a proxy, and the link for a projector -----------------------------------------------

TRUSTING = ("--trusted-proxy", "127.0.0.1", "--user-header", "X-Forwarded-User")


@pytest.fixture(scope="module")
def proxied() -> Iterator[WebServer]:
    """A server behind a proxy that signs people in; watching is all that others may do."""
    with WebServer(*TRUSTING, "--entry", "keys", "--host", "canvas.example", language="en") as server:
        yield server


def welcome(socket: WebSocket) -> Welcome:
    got = codec.decode_server(socket.read_until_frame(TEXT, b'{"comando": "bienvenida"'))
    assert isinstance(got, Welcome)
    return got


def test_a_name_that_a_trusted_proxy_has_signed_in_is_proven_and_paints(proxied: WebServer) -> None:
    hello = version2.encode_command(Hello(2, name="Mallory"))
    with WebSocket(proxied.web_port, "X-Forwarded-User: ada", greeting=hello) as ada:
        got = welcome(ada)
        assert (got.role, got.name) == (Role.PAINT, "ada")
        ada.send(message(version2.encode_command(Paint(1, pack_pixels([(3, 2)])))))
        assert ada.read_until_frame(BINARY, b"\x04")
        with Person(proxied.port, key=owner_key(proxied)) as owner:
            owner.say(AskPeople(1))
            assert Guest(got.client_id, "ada", True, Role.PAINT, "127.0.0.1") in owner.until(People).guests


def test_without_the_header_or_from_elsewhere_nobody_is_signed_in(proxied: WebServer) -> None:
    hello = version2.encode_command(Hello(2, name="ada"))
    with WebSocket(proxied.web_port, greeting=hello) as anonymous:
        got = welcome(anonymous)
        assert (got.role, got.name) == (Role.WATCH, "")
    with (
        WebServer("--entry", "keys", language="en") as server,  # trusts nobody
        WebSocket(server.web_port, "X-Forwarded-User: ada", greeting=hello) as forger,
    ):
        got = welcome(forger)
        assert (got.role, got.name) == (Role.WATCH, "")


@pytest.mark.parametrize("sent", ["ada, eve", "x" * 33, "dcc", "a\x7fda"])
def test_a_name_that_is_none_is_refused_before_the_socket_and_told_to_the_page(proxied: WebServer, sent: str) -> None:
    header = f"X-Forwarded-User: {sent}"
    with WebSocket(proxied.web_port, header) as refused:
        assert refused.head.startswith(b"HTTP/1.1 400")
    status, _headers, body = get(proxied.web_port, "/ws", header, "Accept: application/json")
    assert (status, json.loads(body)["codigo"]) == (400, "sesion-sin-nombre")


def test_a_page_is_told_who_has_signed_in(proxied: WebServer) -> None:
    status, _headers, body = get(proxied.web_port, "/ws", "X-Forwarded-User: ada", "Accept: application/json")
    assert status == 200
    assert json.loads(body)["nombre"] == "ada"


def test_the_link_for_visitors_is_the_address_that_others_can_use(proxied: WebServer) -> None:
    for headers, link in (
        (("Host: canvas.example",), "http://canvas.example/"),
        (("Host: canvas.example", "X-Forwarded-Proto: https"), "https://canvas.example/"),
        (("Host: canvas.example", "X-Forwarded-Proto: javascript"), "http://canvas.example/"),
        (("Host: 192.0.2.7:8080",), "http://192.0.2.7:8080/"),
        (("Host: localhost:1",), proxied.url),
        (("Host: 127.0.0.1",), proxied.url),
        (("Host: [::1]:80",), proxied.url),
    ):
        body, _rest = asked(proxied.web_port, "/api/join", *headers)
        assert json.loads(body) == {"link": link}, headers


def test_the_qr_code_of_the_link_is_a_picture_that_a_browser_keeps(proxied: WebServer) -> None:
    body, head = asked(proxied.web_port, "/join.svg", "Host: canvas.example")
    assert body.startswith(b"<?xml") and b"<svg" in body and b"<script" not in body
    assert head["content-type"] == "image/svg+xml"
    assert head["content-security-policy"].startswith("default-src 'none'")
    assert asked(proxied.web_port, "/join.svg", "Host: canvas.example", f"If-None-Match: {head['etag']}")[0] == b""
    assert asked(proxied.web_port, "/join.svg", "Host: localhost")[0] != body


def asked(port: int, target: str, *headers: str) -> tuple[bytes, dict[str, str]]:
    """Ask with a host of one's own; body and headers of the answer."""
    with Connection(port) as connection:
        lines = [f"GET {target} HTTP/1.1", *headers, "Connection: close", "", ""]
        connection.send("\r\n".join(lines).encode())
        head, _blank, body = connection.read_to_end().partition(b"\r\n\r\n")
    pairs = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    return body, {name.lower(): value for name, _colon, value in pairs}


# --- hashed addresses ----------------------------------------------------------------------------


def test_with_hashed_addresses_bans_and_roll_backs_by_address_hold_after_a_restart(record: str) -> None:
    """And a roll back of somebody's connection, whose address nobody can read."""
    here, neighbour = "127.0.0.2", "127.0.0.3"
    command = ("--store", record, "--addresses", "hash")
    with ServerProcess(*command, command=SERVE, language="en") as server:
        key = owner_key(server)
        with (
            Person(server.port, key=key) as owner,
            Person(server.port, source=here) as vandal,
            Person(server.port, source=neighbour) as other,
        ):
            assert vandal.may_paint(0) and other.may_paint(1) and vandal.may_paint(2)
            owner.act(Ban("", here, "scribbles"))
    with (
        ServerProcess(*command, command=SERVE, language="en") as server,
        Person(server.port, key=key) as owner,
        Person(server.port, source=here) as vandal,
        Person(server.port, source=neighbour) as other,
    ):
        assert not vandal.may_paint(3) and other.may_paint(4)
        owner.say(AskAuthor(1, 0, 0))
        author = owner.until(Author)
        assert author.address is not None and author.address.startswith("~")
        assert owner.act(RollBack(Choice(networks=(here,)))).cells == 2
        assert owner.act(RollBack(Choice(connections_of=(2,)))).cells == 1  # not what the neighbour painted today
