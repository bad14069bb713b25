"""Links to a page in place of an address, remembered keys, and files with keys."""

from __future__ import annotations

import os
import stat
from argparse import ArgumentParser
from pathlib import Path

import pytest

from dcc.client.address import Address, Invitation, UnixAddress, link_to, parse_invitation
from dcc.client.identity import Identity
from dcc.client.keyring import Keyring, usual_path
from dcc.commands import draw
from dcc.commands.arguments import read_key_file
from dcc.core.places import Place
from dcc.errors import DccError
from dcc.sheet import link_with_key

KEY, OTHER_KEY = "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba"
HERE = Address("192.0.2.7", 45743)

LINKS = {
    "192.0.2.7": Invitation(HERE),
    "192.0.2.7:99": Invitation(Address("192.0.2.7", 99)),
    "unix:/run/dcc.sock": Invitation(UnixAddress("/run/dcc.sock")),
    f"http://192.0.2.7:8080/#clave={KEY}": Invitation(HERE, KEY),
    f"http://192.0.2.7:8080/#clave={KEY}&puerto=99": Invitation(Address("192.0.2.7", 99), KEY),
    f"HTTP://192.0.2.7/#clave={KEY.upper()}": Invitation(HERE, KEY.upper()),
    "http://192.0.2.7:8080/#codigo=dos%20palabras": Invitation(HERE, code="dos palabras"),
    "http://192.0.2.7:8080/?view=only": Invitation(HERE, only_watches=True),
    "http://192.0.2.7:8080/?view=only&join#x=1": Invitation(HERE, only_watches=True),
    "http://[2001:db8::7]:8080/": Invitation(Address("2001:db8::7", 45743)),
    "dcc:192.0.2.7": Invitation(HERE),
    "dcc://192.0.2.7:99": Invitation(Address("192.0.2.7", 99)),
    f"DCC://[2001:db8::7]:99/#clave={KEY}": Invitation(Address("2001:db8::7", 99), KEY),
    "http://canvas.example.org": Invitation(Address("canvas.example.org", 45743)),
    f"ws://192.0.2.7:8080/ws#clave={KEY}": Invitation(HERE, KEY),
    f"wss://192.0.2.7/ws#clave={KEY}&puerto=99": Invitation(Address("192.0.2.7", 99), KEY, needs_tls=True),
    f"dcc:192.0.2.7:99#clave={KEY}": Invitation(Address("192.0.2.7", 99), KEY),
    f"DCC://192.0.2.7:99/#clave={KEY}": Invitation(Address("192.0.2.7", 99), KEY),
    f"dcc://[2001:db8::7]:99/?view=only#clave={KEY}": Invitation(Address("2001:db8::7", 99), KEY, only_watches=True),
    f"https://canvas.example.org/room/#clave={KEY}": Invitation(
        Address("canvas.example.org", 45743), KEY, needs_tls=True
    ),
}

NO_LINKS = {
    f"http://192.0.2.7:8080/#clave={KEY[:-1]}": "'http://192.0.2.7:8080/': the key in the link is not whole; copy",
    f"http://192.0.2.7:8080/#clave={KEY}0": "'http://192.0.2.7:8080/': the key in the link is not whole; copy",
    f"http:///#clave={KEY}": "'http:///': the link cannot be read",
    f"http://192.0.2.7:99999/#clave={KEY}": "'http://192.0.2.7:99999/': the link cannot be read",
    f"http://[::1/#clave={KEY}": "'http://[::1/': the link cannot be read",
    f"http://192.0.2.7/#clave={KEY}&puerto=0": "'http://192.0.2.7/': the link cannot be read",
    f"http://a b/#clave={KEY}": "'http://a b/': the link cannot be read",
    f"http://\x1b[2J/#clave={KEY}": "'http://\\x1b[2J/': the link cannot be read",
    f"dcc://192.0.2.7:99999/#clave={KEY}": "'dcc://192.0.2.7:99999/': the link cannot be read",
    f"dcc:#clave={KEY}": "'dcc://': the link cannot be read",
    f"ftp://192.0.2.7/#clave={KEY}": "",
}


@pytest.mark.parametrize(("text", "invitation"), LINKS.items(), ids=LINKS)
def test_a_link_says_where_the_server_is_and_who_is_invited(text: str, invitation: Invitation) -> None:
    assert parse_invitation(text)._replace(page="") == invitation


SEEN = {
    "http://192.0.2.7:8080/": ("http://192.0.2.7:8080/", None),
    "https://user:word@canvas.example.org/room/?view=only#12,30": ("https://canvas.example.org/room/", Place(12, 30)),
    f"http://[2001:db8::7]#clave={KEY}&puerto=99&12,30,16": ("http://[2001:db8::7]/", Place(12, 30, 16)),
    "ws://192.0.2.7:8080/ws#1,2": ("", Place(1, 2)),
    "dcc:192.0.2.7:99#1,2,0.5": ("", Place(1, 2, 0.5)),
    "192.0.2.7": ("", None),
}


@pytest.mark.parametrize("text", SEEN)
def test_a_link_says_where_the_page_is_and_what_to_show(text: str) -> None:
    assert parse_invitation(text)[-2:] == SEEN[text]


@pytest.mark.parametrize(
    ("invitation", "link"),
    [
        (Invitation(HERE, KEY, "word", place=Place(12, 30, 16)), "dcc://192.0.2.7:45743/#12,30,16"),
        (Invitation(Address("2001:db8::7", 99)), "dcc://[2001:db8::7]:99/"),
        (Invitation(HERE, KEY, page="http://192.0.2.7:8080/"), "http://192.0.2.7:8080/"),
        (
            Invitation(Address("a.example", 99), KEY, page="https://a.example/b/", place=Place(1, 2), needs_tls=True),
            "https://a.example/b/#puerto=99&1,2",
        ),
    ],
)
def test_a_link_to_share_leads_to_the_place_without_key_and_code(invitation: Invitation, link: str) -> None:
    assert link_to(invitation) == link
    kept = invitation._replace(key="", code="")
    assert parse_invitation(link) == kept


@pytest.mark.parametrize(("text", "line"), NO_LINKS.items(), ids=map(repr, NO_LINKS))
def test_a_broken_link_is_one_line_without_its_key(text: str, line: str) -> None:
    with pytest.raises(DccError) as refused:
        parse_invitation(text)
    shown = str(refused.value)
    assert shown.startswith(line) and shown.isprintable()
    assert KEY[:-1] not in shown


def test_the_links_that_are_handed_out_are_read() -> None:
    assert parse_invitation(link_with_key("http://192.0.2.7:8080/", KEY)) == Invitation(
        HERE, KEY, page="http://192.0.2.7:8080/"
    )


# --- remembered keys -----------------------------------------------------------------------------


def test_keys_are_remembered_by_server_in_a_file_that_only_the_user_can_read(tmp_path: Path) -> None:
    path = tmp_path / "config" / "dcc" / "keys.json"
    keyring = Keyring(path)
    assert keyring.key_for("a:1") == ""
    assert not path.exists()
    keyring.keep("a:1", KEY)
    keyring.keep("b:2", OTHER_KEY)
    assert [Keyring(path).key_for(server) for server in ("a:1", "b:2", "c:3")] == [KEY, OTHER_KEY, ""]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    keyring.keep("a:1", "")
    assert [Keyring(path).key_for(server) for server in ("a:1", "b:2")] == ["", OTHER_KEY]
    assert os.listdir(path.parent) == ["keys.json"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a:1": 5}', '{"a:1": "short"}', "\udcff", "[" * 100_000])
def test_a_damaged_file_of_keys_is_a_line_with_its_path_and_is_not_overwritten(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    before = path.read_bytes()
    for use in (lambda: Keyring(path).key_for("a:1"), lambda: Keyring(path).keep("a:1", KEY)):
        with pytest.raises(DccError, match="the remembered keys cannot be read; delete the file"):
            use()
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DccError, match="file"):
        Keyring(tmp_path / "file" / "keys.json").keep("a:1", KEY)


def test_the_keys_are_where_the_system_keeps_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for value, expected in (
        (str(tmp_path / "x"), tmp_path / "x/dcc/keys.json"),
        ("relative", tmp_path / ".config/dcc/keys.json"),
        ("", tmp_path / ".config/dcc/keys.json"),
    ):
        monkeypatch.setenv("XDG_CONFIG_HOME", value)
        assert usual_path() == expected


# --- files with a key ----------------------------------------------------------------------------

FILES = {
    "a key": KEY.encode(),
    "a line": f"{KEY}\n".encode(),
    "a line of Windows with a byte order mark": f"\ufeff{KEY}\r\n".encode(),
    "a key in groups and capitals": b"ABCDEFGHI JKLMNOPQR STUVWXYZ",
    "a link": f"http://192.0.2.7:8080/#clave={KEY}\n".encode(),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_file_holds_a_key_or_a_link_with_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    assert "".join(read_key_file(str(path)).split()).lower() == KEY


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", KEY[:-1].encode(), f"{KEY}\n{OTHER_KEY}".encode(), b"http://192.0.2.7/", b"\xff\xfe", bytes(10_000)],
)
def test_a_file_without_a_key_is_a_line_with_its_path_and_without_its_content(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(DccError) as refused:
        read_key_file(str(path))
    assert str(refused.value) == f"{path}: neither a key nor a link with a key"


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_used_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: int
) -> None:
    path = tmp_path / "key"
    path.write_text(KEY)
    path.chmod(mode)
    assert read_key_file(str(path)) == KEY
    warned = capsys.readouterr().err
    assert warned == (
        "" if mode & 0o077 == 0 else f"warning: others on this machine can read the key in {path}; chmod 600 {path}\n"
    )


# --- the window ----------------------------------------------------------------------------------


def test_the_window_tells_the_key_of_the_last_time_and_forgets_a_refused_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def start(*words: str) -> Identity:
        parser = ArgumentParser()
        draw.add_arguments(parser)
        identity: Identity = draw.remembered_identity(parser.parse_intermixed_args(words))
        return identity

    first = start(f"http://192.0.2.7:8080/#clave={KEY}", "--name", "Ada")
    assert (first.name, first.key) == ("Ada", KEY)
    assert start("192.0.2.7").key == ""  # the server has not accepted it yet
    first.accepted()
    assert [start(*words).key for words in (("192.0.2.7",), ("192.0.2.7:99",), ("127.0.0.1",))] == [KEY, "", ""]
    second = start("192.0.2.7")
    second.refused("clave-desconocida")
    assert (second.key, start("192.0.2.7").key) == ("", "")
    (tmp_path / "dcc" / "keys.json").write_text("{")
    assert start("192.0.2.7").key == ""
    assert capsys.readouterr().err.count("\n") == 1


def test_the_window_asks_for_the_name_until_there_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def start(*words: str) -> Identity:
        parser = ArgumentParser()
        draw.add_arguments(parser)
        identity: Identity = draw.remembered_identity(parser.parse_intermixed_args(("192.0.2.7", *words)))
        return identity

    first = start()
    assert (first.name, first.asks_name) == ("", True)
    given = start("--name", "Ada")
    assert (given.name, given.asks_name) == ("Ada", False)
    assert first.keep_name is not None
    first.keep_name("")
    assert (start().name, start().asks_name) == ("", False)
    first.keep_name("Eve")
    assert (start().name, start().asks_name) == ("Eve", False)
    assert start("--name", "Ada").name == "Ada"
    (tmp_path / "dcc").rename(tmp_path / "moved")
    (tmp_path / "dcc").write_text("no folder")
    first.keep_name("Ada")
    assert capsys.readouterr().err.count("\n") >= 1
