"""``dcc key``: who gets a key, what is printed once, and that nothing is half done."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcc import cli
from dcc.board.rules import Rules
from dcc.core.actions import AddKey
from dcc.core.people import OPERATOR, Role, digest_key, is_key
from dcc.core.placements import Painter
from dcc.record.reader import Reader
from dcc.record.writer import Writer
from tests.support.commands import Ended, dcc
from tests.support.records import SIZE
from tests.support.server_process import ServerProcess, WebServer

OWNER_KEY = "owns the canvas: .*?([a-z2-7]{26})$"


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record without a server."""
    path = tmp_path / "record.sqlite3"
    Writer(path, SIZE).close()
    return path


def keys_of(path: Path) -> dict[str, Role]:
    """Who has a key, by the record."""
    rules = Rules(SIZE)
    with Reader(path) as reader:
        for entry in reader.log():
            rules.apply(entry)
    return {key.name: key.role for key in rules.keys.values()}


def columns(ended: Ended) -> list[list[str]]:
    """The columns of the printed keys."""
    assert ended.status == 0, ended
    return [line.split("\t") for line in ended.lines]


def test_keys_are_printed_once_and_only_their_digests_are_kept(record: Path) -> None:
    [[ana, ana_key], [luis, luis_key]] = columns(dcc("key", "add", "Ana", "Luis", "--role", "moderate", store=record))
    assert (ana, luis) == ("Ana", "Luis")
    assert is_key(ana_key) and is_key(luis_key) and ana_key != luis_key
    assert keys_of(record) == {"Ana": Role.MODERATE, "Luis": Role.MODERATE}
    content = record.read_bytes()
    assert digest_key(ana_key).encode() in content
    assert ana_key.encode() not in content


def test_a_key_works_at_once_while_the_server_runs_and_ends_at_once(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite3"
    with WebServer("--store", f"sqlite:{record}", language="en") as server:
        server.wait_for(OWNER_KEY)
        [[_name, key, link]] = columns(dcc("key", "add", "Ana", "--role", "moderate", store=record))
        assert link == f"{server.url}#clave={key}&puerto={server.port}"
        freeze = dcc("moderate", "freeze", "--server", link)
        assert freeze.lines == ["action 3: froze the board", "to undo it: dcc moderate thaw"]
        assert dcc("log", store=record).lines[-1].endswith("  Ana froze the board")
        assert dcc("key", "revoke", "Ana", store=record).lines == ["the key of 'Ana' has ended"]
        gone = dcc("moderate", "thaw", "--server", link)
        reason = "nobody has this key, or no longer: ask for a new link"
        assert gone == (1, [], [f"dcc moderate: server 127.0.0.1:{server.port}: {reason}"])


def test_an_owner_gives_keys_from_elsewhere_with_a_key_file_and_a_moderator_cannot(tmp_path: Path) -> None:
    owner, moderator = tmp_path / "owner.key", tmp_path / "moderator.key"
    for path in (owner, moderator):
        path.touch(mode=0o600)
    with ServerProcess(language="en") as server:
        owner.write_text(server.wait_for(OWNER_KEY)[1])
        at = ("--server", f"127.0.0.1:{server.port}", "--key-file")
        [[_name, key]] = columns(dcc("key", "add", "Ana", "--role", "moderate", *at, str(owner)))
        moderator.write_text(key)
        refused = dcc("key", "add", "Eva", *at, str(moderator))
        assert (refused.status, refused.lines) == (1, [])
        assert refused.errors == ["dcc key: only owners of the canvas may do this"]
        assert dcc("key", "list", *at, str(owner)).lines[-1] == "Ana    moderates"
        last = dcc("key", "revoke", "owner", *at, str(owner))
        assert last.errors == ["dcc key: owner is the last owner: give somebody else that role first"]


def test_a_class_gets_keys_from_a_file_and_a_sheet_to_print(record: Path, tmp_path: Path) -> None:
    names = tmp_path / "class.txt"
    names.write_text("Ana\n\nNúria\n", encoding="utf-8-sig")
    sheet = tmp_path / "sheet.html"
    page = ("--url", "http://192.168.1.20:8080")
    printed = columns(dcc("key", "add", "--names", str(names), "--sheet", str(sheet), *page, store=record))
    html = sheet.read_text(encoding="utf-8")
    assert [name for name, _key, _link in printed] == ["Ana", "Núria"]
    for name, key, link in printed:
        assert link == f"http://192.168.1.20:8080/#clave={key}"
        assert name in html and f"<code>{link}</code>" in html
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    again = dcc("key", "add", "Eva", "--sheet", str(sheet), *page, store=record)
    assert again == (1, [], [f"dcc key: {sheet} is there already, and no sheet is overwritten"])
    assert keys_of(record) == {"Ana": Role.PAINT, "Núria": Role.PAINT}


def test_a_sheet_renews_the_keys_on_it_after_a_question(record: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.html"
    columns(dcc("key", "add", "Olga", "--role", "own", store=record))
    [[_ana, old_key], _eva] = columns(dcc("key", "add", "Ana", "Eva", "--until", "30d", store=record))
    words = ("key", "sheet", str(sheet), "--url", "http://x/")
    nobody = dcc(*words, store=record)
    assert nobody == (
        1,
        [],
        ["dcc key: nothing was done: there is no terminal to ask on; --yes does it without asking"],
    )
    question = "2 people get new keys, and their old keys end: 'Ana', 'Eva'. Go on? [y/N] "
    assert dcc(*words, store=record, answer="n\n").errors == [f"{question}dcc key: nothing was done"]
    assert dcc(*words, store=record, answer="\n").status == 1
    assert not sheet.exists()
    before = keys_of(record)
    done = dcc(*words, store=record, answer="y\n")
    assert done == (0, [], [f"{question}dcc key: {sheet}: 2 keys; print it, and keep it from others"])
    html = sheet.read_text()
    assert ">Ana<" in html and ">Eva<" in html and ">Olga<" not in html and old_key not in html
    assert keys_of(record) == before
    one = tmp_path / "one.html"
    assert dcc("key", "sheet", str(one), "Olga", "--yes", "--url", "http://x/", store=record).status == 0
    assert ">Olga<" in one.read_text() and ">Ana<" not in one.read_text()


REFUSED = {
    "a name that has a key": (("add", "Eva", "Ana"), "'Ana' has a key already; no key was made (dcc key revoke,"),
    "an unknown name": (("revoke", "Ana", "Eva"), "'Eva' has no key; nothing was done (see dcc key list)"),
    "unknown names": (("sheet", "out.html", "Eva", "Luz", "--url", "http://x/"), "'Eva', 'Luz' have no keys; nothing"),
    "a sheet that leads nowhere": (
        ("sheet", "out.html", "Ana"),
        "no server runs, so say where its page will be: --url",
    ),
    "a sheet in no folder": (("sheet", "no/out.html", "Ana", "--url", "http://x/"), "no: there is no such folder"),
    "a sheet with a name too long": (("sheet", f"{'x' * 300}.html", "Ana", "--url", "http://x/"), "xxx"),
    "nobody to print": (("sheet", "out.html", "--url", "http://x/"), "nobody has a key with the role paint (see"),
}


@pytest.fixture(scope="module")
def one_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record in which Ana alone has a key."""
    path = tmp_path_factory.mktemp("key") / "record.sqlite3"
    writer = Writer(path, SIZE)
    writer.act(Painter(0, OPERATOR, "", True), AddKey("Ana", digest_key("a"), Role.WATCH), b"", 10**12)
    writer.close()
    return path


@pytest.mark.parametrize(("words", "line"), REFUSED.values(), ids=REFUSED)
def test_a_refused_command_changes_no_key(one_key: Path, words: tuple[str, ...], line: str) -> None:
    refused = dcc("key", *words, store=one_key)
    assert (refused.status, refused.lines, len(refused.errors)) == (1, [], 1)
    assert refused.errors[0].startswith(f"dcc key: {line}")
    assert keys_of(one_key) == {"Ana": Role.WATCH}


WRONG = {
    "nobody": ((), "whose key? Give names, or --names FILE"),
    "a name twice": (("Ana", "Ana"), "the name 'Ana' comes twice"),
    "a name in two forms": (("N\u00faria", "Nu\u0301ria"), "the name 'N\u00faria' comes twice"),
    "an empty name": (("",), "argument NAME: '' is no name: 1 to 32 visible characters, without spaces at the ends"),
    "a long name": (("x" * 33,), f"argument NAME: '{'x' * 33}' is no name"),
    "a name with an invisible character": (("Ana\u200b",), "argument NAME: 'Ana\\u200b' is no name"),
    "a name that turns the line": (("\u202eanA",), "argument NAME: '\\u202eanA' is no name"),
    "the operator's name": (("dcc",), "argument NAME: the name dcc belongs to the operator"),
    "an unknown role": (("Ana", "--role", "king"), "argument --role: invalid choice: 'king'"),
    "an end that is past": (("Ana", "--until", "2001-01-01"), "argument --until: '2001-01-01': this time is past"),
    "no end": (("Ana", "--until", "soon"), "argument --until: 'soon': expected a time such as"),
    "an end after the last year": (("Ana", "--until", "99999999d"), "argument --until: '99999999d': expected a time"),
    "no page": (("Ana", "--url", "192.168.1.20"), "argument --url: '192.168.1.20': expected the address of a page"),
    "no names": (("--names", "/nowhere"), "argument --names: /nowhere: No such file or directory"),
    "a key without its server": (("Ana", "--tls"), "--key-file, --tls and --ca go with --server HOST"),
    "a server without a key": (("Ana", "--server", "127.0.0.1"), "--server needs your key: --key-file FILE, or a link"),
}


@pytest.mark.parametrize(("words", "line"), WRONG.values(), ids=WRONG)
def test_a_wrong_command_line_is_one_line_and_status_2(
    record: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], line: str
) -> None:
    try:
        status: object = cli.main(["key", "add", *words, "--store", str(record), "--lang", "en"])
    except SystemExit as usage:
        status = usage.code
    said = capsys.readouterr()
    [error] = said.err.splitlines()
    assert (status, said.out) == (2, "")
    assert re.sub(r"^dcc key( add)?: ", "", error).startswith(line)
    assert error.isprintable()


def test_a_store_that_cannot_hold_keys_is_a_line(tmp_path: Path) -> None:
    missing = dcc("key", "add", "Ana", store=tmp_path / "missing.sqlite3")
    assert missing == (1, [], [f"dcc key: there is no file {tmp_path / 'missing.sqlite3'}"])
    with pytest.raises(SystemExit):
        cli.main(["key", "add", "Ana", "--store", "memory:"])


def test_a_killed_server_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite3"
    server = ServerProcess("--store", f"sqlite:{record}")
    server.process.kill()
    server.close()
    assert (tmp_path / "record.sqlite3.operator").exists()
    columns(dcc("key", "add", "Ana", store=record))


def test_keys_whose_sheet_cannot_be_written_are_printed(record: Path) -> None:
    done = dcc("key", "add", "Ana", "--sheet", "/proc/sheet.html", "--url", "http://x/", store=record)
    assert (done.status, len(done.lines)) == (1, 1)
    assert done.errors[0].startswith("dcc key: /proc/sheet.html: ")
    [name, key, _link] = done.lines[0].split("\t")
    assert name == "Ana" and digest_key(key).encode() in record.read_bytes()


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands in this process speak English."""
    monkeypatch.setenv("DCC_LANG", "en")
    yield
