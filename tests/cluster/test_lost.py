"""A log that is gone, replaced, or shorter than what was read: told, and nothing is shown or added any more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dcc import reasons
from dcc.cluster.engine import _PAUSE_SECONDS, SURE_SECONDS, NatsLog
from dcc.cluster.log import Extent, LogAway, LogLost, LogRefused
from tests.cluster.conftest import OpenLog
from tests.support.engine import Engine, Proxy
from tests.support.log_reader import LogReader, publish


def check_lost(log: NatsLog, reader: LogReader, line: str, advice: str = "") -> None:
    """Check that a log says that it is lost, and takes nothing more."""
    lost = reader.until_notice(LogLost)
    assert str(lost) == line
    assert lost is not None and lost.advice == advice
    with pytest.raises(LogRefused) as caught:
        log.publish(b"late", "late").result()
    assert caught.value.code == reasons.LOG_LOST.code


def test_a_removed_log_is_lost(engine: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name))
    reader = LogReader(log)
    publish(log, b"one")
    reader.until_entries(1)
    engine.ask(f"STREAM.DELETE.DCC_{name}")
    check_lost(log, reader, f"the log of {name} is gone from the engine")


def test_a_renewed_log_is_lost_for_other_servers(engine: Engine, name: str, open_log: OpenLog) -> None:
    log, other = open_log(engine.address(name)), open_log(engine.address(name))
    reader = LogReader(log)
    publish(log, b"one")
    reader.until_entries(1)
    other.renew(1)
    advice = "Start this server anew; its copy is compared with the new log."
    check_lost(log, reader, f"the log of {name} was replaced by another one", advice)
    publish(other, b"two")
    assert other.extent() == Extent(2, 2)
    assert reader.payloads == [b"one"]


def test_an_engine_with_older_files_is_noticed(name: str, open_log: OpenLog, tmp_path: Path) -> None:
    with Engine() as engine:
        log = open_log(engine.address(name))
        reader = LogReader(log)
        publish(log, b"one")
        reader.until_entries(1)
        engine.kill(0)
        shutil.copytree(engine.folder(0), tmp_path / "older")
        engine.start(0)
        publish(log, b"two")
        reader.until_entries(2)
        engine.kill(0)
        shutil.rmtree(engine.folder(0))
        shutil.copytree(tmp_path / "older", engine.folder(0))
        engine.start(0)
        check_lost(log, reader, "the log ends at entry 1, and entry 2 was read")


def test_a_reader_whose_next_entry_was_forgotten_is_told(engine: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name))
    for number in range(5):
        publish(log, b"%d" % number)
    log.trim(3)
    reader = LogReader(log, after=2)
    advice = "Start the server without its copy, or from the copy of another server."
    check_lost(log, reader, "the log begins at entry 4, and entry 3 is needed", advice)


def test_looks_that_an_outage_parts_do_not_add_up_to_a_lost_log(engine: Engine, name: str, open_log: OpenLog) -> None:
    with Proxy(engine.ports[0]) as proxy:
        log = open_log(engine.address(name, proxy.port))
        reader = LogReader(log)
        config = engine.ask(f"STREAM.INFO.DCC_{name}")["config"]
        engine.ask(f"STREAM.DELETE.DCC_{name}")
        assert "is gone from the engine" in str(reader.until_notice(LogAway))
        proxy.refuse()
        proxy.until_accepted(proxy.accepted + 1 + int(SURE_SECONDS / _PAUSE_SECONDS))  # so long nothing is known
        proxy.flow()
        proxy.until_accepted(proxy.accepted + 2)  # the first look finds no log again
        engine.ask(f"STREAM.CREATE.DCC_{name}", config)
        reader.until_notice(type(None))
        publish(log, b"one")
        assert reader.until_entries(1) == [b"one"]
