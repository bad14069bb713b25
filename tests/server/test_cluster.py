"""Several processes of ``dcc serve`` on one canvas, through a real NATS JetStream."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dcc import reasons
from dcc.core.palette import AF06
from dcc.protocol.messages import Acknowledged, Rejected
from tests.support.desk import Desk
from tests.support.engine import Engine
from tests.support.server_process import DCC, LineProcess, Version1Process
from tests.support.shared_board import CELLS, HEIGHT, WIDTH, Servers, compare


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with Engine() as engine, ExitStack() as stack:
        yield Servers(engine, tmp_path, stack)


def test_painters_and_viewers_of_every_kind_share_a_board_through_three_servers(qtbot: object, tmp_path: Path) -> None:
    """The engine has three nodes. Every server has a client of each version, a client on WebSocket, and a window."""
    rounds = 40
    with Engine(3) as engine, ExitStack() as stack:
        servers = Servers(engine, tmp_path, stack)
        running = [servers.start(name, "--http", "0") for name in ("one", "two", "three")]
        with Desk() as desk:
            windows = [desk.open(server.port) for server in running]
            watchers = [watch(server) for server in running for watch in (servers.watch, servers.watch_web)]
            programs = [stack.enter_context(Version1Process(server.port)) for server in running]
            windows_shown: dict[int, set[bytes]] = {}
            programs_shown: set[bytes] = set()

            def look() -> None:
                for window in windows:
                    replica = window.link.replica
                    assert replica.canvas is not None
                    windows_shown.setdefault(replica.sequence, set()).add(bytes(replica.canvas.colours))

            for number in range(rounds):
                for position, watcher in enumerate(watchers):
                    watcher.ask(number, (number * 7 + position, position), (number, 7 - position))
                for position, program in enumerate(programs):
                    program.paint(position, number % WIDTH, "red")
                desk.click(windows[number % len(windows)], number % WIDTH, HEIGHT // 2)
                look()
                programs_shown.add(colours_of(programs[number % len(programs)].board()))
            for window in windows:  # which sends only while the desk waits
                desk.until_answered(window)
            last = rounds * (2 * len(watchers) + len(programs) + 1)
            for watcher in watchers:
                assert all(isinstance(watcher.answer(number), Acknowledged) for number in range(rounds))
                watcher.until(lambda watcher=watcher: watcher.sequence == last)
            board = watchers[0].boards[last]
            for window in windows:
                desk.until(lambda window=window: window.link.replica.sequence == last)
                assert window.link.replica.shown == board
                desk.move_away(window)
                desk.until_drawn(window)
                assert [value for row in desk.picture(window) for value in row] == [
                    AF06[index].value for index in board
                ]
            look()
            for program in programs:
                desk.until(lambda program=program: colours_of(program.board()) == board)
        for server in running:
            server.interrupt()
        for server in running:
            server.stop()
    assert servers.copies_are_equal()
    recorded = servers.recorded_boards()
    for watcher in watchers:
        assert watcher.boards.items() <= recorded.items(), "a board was shown otherwise than recorded"
    assert all(boards == {recorded[sequence]} for sequence, boards in windows_shown.items())
    assert programs_shown <= set(recorded.values())


def colours_of(board: dict[str, dict[str, str]]) -> bytes:
    """Return a board of version 1 as indices of the palette, row by row."""
    return bytes(AF06.index[board[str(column)][str(row)]] for row in range(HEIGHT) for column in range(WIDTH))


def test_nothing_is_lost_or_doubled_when_a_server_is_killed_in_the_middle(servers: Servers) -> None:
    one, two = servers.start("one"), servers.start("two")
    first, second = servers.watch(one), servers.watch(two)
    for number in range(200):
        first.ask(number, (number, 3))
        second.ask(number, (number, 5))
        if number == 100:
            first.answer(50)
            one.process.kill()
            break
    acknowledged = max(answer.sequence for answer in first.answers.values() if isinstance(answer, Acknowledged))
    second.until(lambda: second.sequence >= acknowledged)
    one.close()
    one = servers.start("one")
    third = servers.watch(one, held=first.boards[first.sequence], desde=first.sequence, lienzo=first.canvas_id)
    third.ask(1, (5, 5))
    answer = third.answer(1)
    assert isinstance(answer, Acknowledged)
    last = second.answer(100)
    assert isinstance(last, Acknowledged)
    for watcher in (second, third):
        watcher.until(lambda watcher=watcher: watcher.sequence >= max(answer.sequence, last.sequence))
    one.stop()
    two.stop()
    assert servers.copies_are_equal()


def test_paints_are_refused_while_the_engine_is_away_and_go_on_by_themselves(servers: Servers) -> None:
    one, two = servers.start("one"), servers.start("two")
    watchers = [servers.watch(one), servers.watch(two)]
    watchers[0].ask(1, (1, 1))
    watchers[0].answer(1)
    servers.engine.kill(0)
    # Until then the outcome of a paint is unknown, and the answer comes when the engine is back.
    two.wait_for("The record takes no paints: the servers cannot reach their common log")
    refused = watchers[1]
    number = 2
    refused.ask(number, (2, 2))
    answered = refused.answer(number)
    assert isinstance(answered, Rejected) and answered.code == reasons.LOG_AWAY.code
    servers.engine.start(0)
    answer: object = None
    while not isinstance(answer, Acknowledged):
        number += 1
        refused.ask(number, (number % CELLS, 4))
        answer = refused.answer(number)
    for watcher in watchers:
        watcher.until(lambda watcher=watcher: watcher.sequence >= answer.sequence)
    compare(watchers)
    one.stop()
    two.stop()
    assert servers.copies_are_equal()


def test_nothing_is_lost_while_the_nodes_of_the_engine_are_killed_in_turn(tmp_path: Path) -> None:
    with Engine(3) as engine, ExitStack() as stack:
        servers = Servers(engine, tmp_path, stack)
        one, two = servers.start("one"), servers.start("two")
        watchers = [servers.watch(one), servers.watch(two)]
        number = 0
        for node in range(3):
            engine.kill(node)
            acknowledged = 0
            while acknowledged < 5:  # refused for some seconds, until there is a leader again
                number += 1
                for position, watcher in enumerate(watchers):
                    watcher.ask(number, (number % WIDTH + position * WIDTH, node))
                acknowledged += all(isinstance(watcher.answer(number), Acknowledged) for watcher in watchers)
            engine.start(node)
            engine.wait_until_whole("DCC_shared", (node + 1) % 3)
        last = max(
            answer.sequence
            for watcher in watchers
            for answer in watcher.answers.values()
            if isinstance(answer, Acknowledged)
        )
        for watcher in watchers:
            watcher.until(lambda watcher=watcher: watcher.sequence >= last)
        compare(watchers)
        one.stop()
        two.stop()
        assert servers.copies_are_equal()


def test_the_users_of_all_servers_are_counted(servers: Servers) -> None:
    one, two = servers.start("one"), servers.start("two")
    watchers = [servers.watch(one), servers.watch(two), servers.watch(two)]
    for watcher in watchers:
        watcher.until(lambda watcher=watcher: watcher.users == 3)
    two.process.kill()
    watchers[0].until(lambda: watchers[0].users == 1)
    one.stop()


def test_a_log_is_not_repaired_while_a_server_runs_that_goes_further(servers: Servers) -> None:
    one, two = servers.start("one"), servers.start("two")
    watchers = [servers.watch(one), servers.watch(two)]
    two.stop()
    watchers[0].ask(1, (1, 1))
    watchers[0].answer(1)
    servers.engine.pause(0)
    watchers[0].ask(2, (1, 1))
    one.wait_for("The record takes no paints: the servers cannot reach their common log")
    servers.engine.kill(0)
    shutil.rmtree(servers.engine.folder(0))
    servers.engine.start(0)
    address = str(servers.engine.address("shared"))
    one.wait_for(re.escape(f"dcc cluster repair {address} {servers.folder / 'one.sqlite3'}"))
    in_doubt = watchers[0].answer(2)
    assert isinstance(in_doubt, Rejected)
    assert in_doubt.code == reasons.IN_DOUBT.code
    watchers[0].ask(3, (1, 1))
    refused = watchers[0].answer(3)
    assert isinstance(refused, Rejected)
    assert refused.code == reasons.LOG_LOST.code
    status, output = run_dcc("cluster", "repair", address, str(servers.folder / "two.sqlite3"))
    assert status == 1
    assert "goes further" in output
    one.stop()
    status, output = run_dcc("cluster", "repair", address, str(servers.folder / "one.sqlite3"))
    assert status == 0, output
    (servers.folder / "two.sqlite3").unlink()
    one, two = servers.start("one"), servers.start("two")
    last = servers.watch(two)
    last.ask(4, (3, 3))
    answer = last.answer(4)
    assert isinstance(answer, Acknowledged)
    assert answer.sequence == 2
    again = servers.watch(one)
    again.until(lambda: again.sequence == 2)
    one.stop()
    two.stop()
    assert servers.copies_are_equal()


def run_dcc(*words: str) -> tuple[int, str]:
    """Run a command, and return its exit status and its output."""
    with LineProcess([DCC, *words], {"DCC_LANG": "en"}) as command:
        return command.finish(), command.output
