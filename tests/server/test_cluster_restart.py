"""Servers of one canvas are restarted one by one while people paint: nothing is lost, and boards come as changes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import cycle
from pathlib import Path
from random import Random

import pytest

from tests.support.cluster_server import ClusterServer
from tests.support.crowd import Crowd

End = Callable[[ClusterServer], None]


@pytest.mark.parametrize("end", [ClusterServer.begin_to_stop, ClusterServer.kill], ids=["SIGTERM", "SIGKILL"])
def test_people_of_a_server_that_is_restarted_come_back_to_another_by_changes_alone(tmp_path: Path, end: End) -> None:
    seed = Random().randrange(2**32)
    print(f"seed {seed}")
    with closing(Crowd(tmp_path, Random(seed), nodes=1)) as crowd:
        crowd.begin()
        crowd.begin_round()
        for painter, server in zip(crowd.painters, cycle(crowd.servers), strict=False):
            crowd.connect(painter, server)
        crowd.until_painted()
        whole_boards = [painter.whole_boards for painter in crowd.painters]
        for server in crowd.servers:
            moving = {painter: len(painter.visits) for painter in crowd.painters if painter.server is server}
            assert moving
            end(server)
            crowd.until(server.has_stopped, crowd.painters)
            crowd.until_painted()
            assert all(len(painter.visits) == before + 1 for painter, before in moving.items())
            server.launch()
            crowd.until(crowd.all_serve, crowd.painters)
            crowd.until_painted()  # a server has no changes from before its start, and every board is now newer
        crowd.end_round()
        assert [painter.whole_boards for painter in crowd.painters] == whole_boards
        crowd.stop()
