"""Engines and streams that do not fit: each is refused in one line, with an advice."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dcc.cluster.address import ClusterAddress
from dcc.cluster.engine import NatsLog
from dcc.cluster.log import Extent, LogAway, LogError, LogLost, LogRefused
from dcc.cluster.presence import Presence
from dcc.cluster.server_state import ServerState
from tests.support.certificates import authority
from tests.support.engine import Engine, Proxy
from tests.support.log_reader import LogReader, publish
from tests.support.nats_accounts import accounts, seed_file
from tests.support.server_process import PATIENCE_SECONDS


def refused(address: ClusterAddress, credentials: Path | None = None, kind: type[LogError] = LogRefused) -> LogError:
    """Return why a log cannot be opened."""
    log = NatsLog(address, credentials)
    try:
        with pytest.raises(kind) as caught:
            log.open()
    finally:
        log.close()
    assert "\n" not in str(caught.value)
    assert caught.value.advice.endswith(".")
    return caught.value


def test_credentials_open_the_log_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    path, user = seed_file(tmp_path)
    other, _user = seed_file(tmp_path, "other")
    with Engine(extra=f"authorization {{ users = [ {{ nkey: {user} }} ] }}") as engine:
        address = engine.address("x")
        for credentials in (None, other):
            error = refused(address, credentials)
            assert str(error) == f"the engine at 127.0.0.1:{engine.ports[0]} refuses the credentials"
            assert "--cluster-credentials" in error.advice
        log = NatsLog(address, path)
        assert log.open() == Extent(1, 0)
        publish(log, b"x")
        log.close()


def test_a_file_of_nsc_opens_the_log(tmp_path: Path) -> None:
    configuration, path = accounts(tmp_path)
    with Engine(extra=configuration) as engine:
        log = NatsLog(engine.address("x"), path)
        assert log.open() == Extent(1, 0)
        publish(log, b"x")
        log.close()


def test_a_user_without_the_rights_is_told_which_ones(tmp_path: Path) -> None:
    path, user = seed_file(tmp_path)
    rights = 'permissions: { publish: ["dcc.>"], subscribe: ["_INBOX.>"] }'
    with Engine(extra=f"authorization {{ users = [ {{ nkey: {user}, {rights} }} ] }}") as engine:
        error = refused(engine.address("x"), path)
    assert "permissions violation for publish" in str(error)
    assert "$JS.API.>" in error.advice


def test_the_rights_that_are_named_are_enough_for_all(tmp_path: Path) -> None:
    path, user = seed_file(tmp_path)
    publishes = '["$JS.API.>", "$JS.FC.>", "$O.>", "dcc.>"]'
    rights = f'permissions: {{ publish: {publishes}, subscribe: ["_INBOX.>", "dcc.x.presence"] }}'
    large = bytes(20_000_000)  # so that the engine controls the flow
    heard = threading.Event()
    with Engine(extra=f"authorization {{ users = [ {{ nkey: {user}, {rights} }} ] }}") as engine:
        address = engine.address("x")
        with (
            closing(Presence(address, path, lambda _state: heard.set())) as presence,
            closing(NatsLog(address, path)) as log,
            closing(NatsLog(address, path)) as other,
        ):
            presence.say(ServerState("one", "host", users=1, position=1, sequence=1))
            log.open()
            reader = LogReader(log)
            publish(log, b"x")
            reader.until_entries(1)
            fetched = io.BytesIO()
            log.put_snapshot("1", io.BytesIO(large))
            log.fetch_snapshot("1", fetched)
            assert fetched.getvalue() == large
            log.trim(1)
            other.open()
            other.renew(1)
            reader.until_notice(LogLost)
            assert heard.wait(PATIENCE_SECONDS)
        assert "Violation" not in engine.output(0)


_SEED = b"SU" + 56 * b"A"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"password",
        b"-----BEGIN NATS USER JWT-----\nabc\n",
        b"\xff\xfe",
        b"SU",
        b"SU0",
        _SEED[:-2],
        _SEED.lower().replace(b"su", b"SU"),
        b"-----BEGIN NATS USER JWT-----\nabc\n-----BEGIN USER NKEY SEED-----",
        b"-----BEGIN NATS USER JWT-----\nabc\n-----BEGIN USER NKEY SEED-----\n" + _SEED[:-4],
    ],
)
def test_a_file_without_credentials_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(LogRefused) as caught:
        NatsLog(ClusterAddress.parse("nats://127.0.0.1/x"), path)
    assert str(caught.value) == f"the credentials file {path} holds no credentials of NATS"


def test_a_missing_file_of_credentials_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogRefused) as caught:
        NatsLog(ClusterAddress.parse("nats://127.0.0.1/x"), tmp_path / "none")
    assert str(caught.value) == f"the credentials file {tmp_path}/none: No such file or directory"


def test_an_engine_without_jetstream_is_refused() -> None:
    with Engine(jetstream=False) as engine:
        error = refused(engine.address("x"))
    assert str(error) == "JetStream is off in the engine"
    assert "--jetstream" in error.advice


def test_an_engine_without_encryption_is_refused_if_encryption_is_asked_for(engine: Engine) -> None:
    error = refused(ClusterAddress.parse(f"tls://127.0.0.1:{engine.ports[0]}/x"))
    assert str(error) == f"the engine at 127.0.0.1:{engine.ports[0]} does not encrypt"


def test_an_encrypted_connection_needs_a_certificate_that_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = authority().server_files("engine", "127.0.0.1")
    with Engine(extra=f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}') as engine:
        address = ClusterAddress.parse(f"tls://127.0.0.1:{engine.ports[0]}/x")
        assert "no encrypted connection" in str(refused(address))
        monkeypatch.setenv("SSL_CERT_FILE", str(authority().file))
        log = NatsLog(address)
        assert log.open() == Extent(1, 0)
        publish(log, b"x")
        log.close()


@pytest.mark.parametrize(("version", "fits"), [("2.10.22", False), ("2.9.10", False), ("2.10.23", True)])
def test_an_engine_that_is_too_old_is_refused(engine: Engine, name: str, version: str, fits: bool) -> None:
    def age(piece: bytes) -> bytes:
        return re.sub(rb'"version":"[\d.]+"', b'"version":"%b"' % version.encode(), piece)

    with Proxy(engine.ports[0], age) as proxy:
        address = engine.address(name, proxy.port)
        if fits:
            log = NatsLog(address)
            assert log.open() == Extent(1, 0)
            log.close()
            return
        error = refused(address)
    expected = f"the engine at 127.0.0.1:{proxy.port} is nats-server {version}, and 2.10.23 or later is required"
    assert str(error) == expected


Settings = dict[str, Any]


def ours(name: str) -> Settings:
    """Return the settings that a log of this program has."""
    return {
        "name": f"DCC_{name}",
        "subjects": [f"dcc.{name}.0123"],
        "metadata": {"dcc": "1", "log": "0123"},
        "discard": "new",
        "deny_delete": True,
    }


def test_a_stream_with_the_settings_of_a_log_is_taken(engine: Engine, name: str) -> None:
    engine.ask(f"STREAM.CREATE.DCC_{name}", ours(name))
    log = NatsLog(engine.address(name))
    assert log.open() == Extent(1, 0)
    log.close()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda config: config.pop("metadata"), "the stream {} of the engine is not a log of this program"),
        (
            lambda config: config.update(subjects=["elsewhere"]),
            "the stream {} of the engine has other settings than this program gave it: subjects",
        ),
        (
            lambda config: config["metadata"].update(dcc="2"),
            "the stream {} of the engine was made by a later version of this program",
        ),
        (
            lambda config: config.update(storage="memory"),
            "the stream {} of the engine has other settings than this program gave it: storage",
        ),
        (
            lambda config: config.update(max_age=10**12, discard="old"),
            "the stream {} of the engine has other settings than this program gave it: discard, max_age",
        ),
    ],
)
def test_a_stream_that_is_no_log_of_ours_is_refused(
    engine: Engine, name: str, change: Callable[[Settings], object], line: str
) -> None:
    config = ours(name)
    change(config)
    engine.ask(f"STREAM.CREATE.DCC_{name}", config)
    assert str(refused(engine.address(name))) == line.format(f"DCC_{name}")
    engine.ask(f"STREAM.DELETE.DCC_{name}")


def test_another_stream_on_our_subjects_is_refused(engine: Engine, name: str) -> None:
    engine.ask("STREAM.CREATE.OTHER", {"name": "OTHER", "subjects": [f"dcc.{name}.>"]})
    assert str(refused(engine.address(name))) == f"another stream of the engine takes messages of dcc.{name}.>"


def test_something_else_than_an_engine_is_told(engine: Engine) -> None:
    def other(piece: bytes) -> bytes:
        return b"SSH-2.0-other\r\n"

    with Proxy(engine.ports[0], other) as proxy:
        error = refused(engine.address("x", proxy.port), kind=LogAway)
    assert str(error).startswith(f"the engine at 127.0.0.1:{proxy.port} cannot be reached: ")


@pytest.mark.parametrize("missing", ["CONSUMER.CREATE", "CONSUMER.MSG.NEXT"])
def test_a_right_that_the_reading_lacks_is_told_and_not_tried_without_a_pause(tmp_path: Path, missing: str) -> None:
    path, user = seed_file(tmp_path)
    rights = f'publish: {{ allow: [">"], deny: ["$JS.API.{missing}.>"] }}, subscribe: [">"]'
    with (
        Engine(extra=f"authorization {{ users = [ {{ nkey: {user}, permissions: {{ {rights} }} }} ] }}") as engine,
        Proxy(engine.ports[0]) as proxy,
        closing(NatsLog(engine.address("x", proxy.port), path)) as log,
    ):
        log.open()
        reader = LogReader(log)
        away = reader.until_notice(LogAway)
        assert missing.lower() in str(away).lower()
        assert away is not None and "$JS.API.>" in away.advice
        proxy.until_accepted(5)
        assert not [notice for notice in reader.notices if notice is None]
        assert proxy.accepted < 50


def test_a_presence_outlives_an_engine_whose_words_nobody_expects() -> None:
    heard = threading.Event()
    is_odd = [True]

    def change(piece: bytes) -> bytes:
        if piece.startswith(b"INFO") and is_odd:
            is_odd.clear()
            return b"INFO []\r\n"
        return piece

    with (
        Engine() as engine,
        Proxy(engine.ports[0], change) as proxy,
        closing(Presence(engine.address("x", proxy.port), None, lambda _state: heard.set())) as presence,
    ):
        presence.say(ServerState("one", "host", users=1, position=1, sequence=1))
        assert heard.wait(PATIENCE_SECONDS)
    assert not is_odd


def test_the_end_of_an_encrypted_connection_is_told_in_our_words_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key, certificate = authority().server_files("engine", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority().file))
    with (
        Engine(extra=f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}') as engine,
        closing(NatsLog(ClusterAddress.parse(f"tls://127.0.0.1:{engine.ports[0]}/x"))) as log,
    ):
        log.open()
        reader = LogReader(log)
        publish(log, b"x")
        reader.until_entries(1)
        engine.kill(0)
        reader.until_notice(LogAway)
    assert not caplog.messages
