"""Nodes of NATS with the files of ``deploy/``: addresses, paths and keys are replaced, as an operator does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from dcc.cluster.address import ClusterAddress
from tests.deploy.proxies import DEPLOY
from tests.support.certificates import Authority
from tests.support.engine import NATS_SERVER, Engine, free_ports
from tests.support.server_process import LineProcess

OPERATIONS = DEPLOY.parent / "docs" / "operations.md"

CANVAS = "classroom"
"""The name in the files."""


def make_keys(folder: Path, name: str) -> tuple[Path, str]:
    """Make keys with the command of the document.

    :return: the file with the seed, and the public key.
    """
    (command,) = re.findall(r"(?m)^ +/opt/dcc/bin/python (-c '.*nkeys.*')$", OPERATIONS.read_text(encoding="utf-8"))
    words = [sys.executable, "-c", command.removeprefix("-c '").removesuffix("'")]
    seed, public = subprocess.run(words, stdout=subprocess.PIPE, encoding="ascii", check=True).stdout.split()
    path = folder / name
    path.write_text(seed, encoding="ascii")
    return path, public


def replaced(text: str, changes: dict[str, str]) -> str:
    """Replace parts of a file, each of which must be there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


class DeployedEngine(Engine):
    """The three nodes of ``deploy/nats.conf``.

    :ivar seed: the file with the servers' credentials.
    :ivar operator_seed: the same of the operator.
    :ivar variables: with which this machine trusts the nodes.
    """

    def __init__(self, folder: Path) -> None:
        """:param folder: for keys and certificates."""
        authority = Authority(folder, "nodes-ca")
        authority.server_files("node", "127.0.0.1")
        self.etc = folder
        self.seed, servers_key = make_keys(folder, "servers.seed")
        self.operator_seed, operator_key = make_keys(folder, "operator.seed")
        self.variables = {"SSL_CERT_FILE": str(authority.file)}
        leaves_seed, leaves_key = make_keys(folder, "leaves.seed")
        self._write("leaf-seed", f"leaf_seed: {leaves_seed.read_text(encoding='ascii')}\n")
        keys = {"servers_key": servers_key, "operator_key": operator_key, "leaves_key": leaves_key}
        self._keys = {_example_key(name): key for name, key in keys.items()}
        self._monitors, self._leaves = free_ports(3), free_ports(3)
        super().__init__(3)

    def configuration(self, number: int) -> Path:
        """Write the file of a node."""
        text = replaced(
            (DEPLOY / "nats.conf").read_text(encoding="utf-8"),
            {
                **self._keys,
                "/etc/nats": str(self.etc),
                "listen: 0.0.0.0:4222": f"listen: 127.0.0.1:{self.ports[number]}",
                "http: 127.0.0.1:8222": f"http: 127.0.0.1:{self._monitors[number]}",
                "listen: 0.0.0.0:6222": f"listen: 127.0.0.1:{self._routes[number]}",
                "listen: 0.0.0.0:7422": f"listen: 127.0.0.1:{self._leaves[number]}",
                **{f"10.0.0.{each + 1}:6222": f"127.0.0.1:{port}" for each, port in enumerate(self._routes)},
                "/var/lib/nats": str(self.folder(number)),
            },
        )
        return self._write(f"node{number}", text)

    def leaf_configuration(self, port: int) -> Path:
        """Write the file of a leaf node.

        :param port: for servers.
        """
        text = replaced(
            (DEPLOY / "nats-leaf.conf").read_text(encoding="utf-8"),
            {
                _example_key("servers_key"): self._keys[_example_key("servers_key")],
                "/etc/nats": str(self.etc),
                "listen: 0.0.0.0:4222": f"listen: 127.0.0.1:{port}",
                "http: 127.0.0.1:8222": f"http: 127.0.0.1:{free_ports(1)[0]}",
                **{f"10.0.0.{each + 1}:7422": f"127.0.0.1:{leaf}" for each, leaf in enumerate(self._leaves)},
            },
        )
        return self._write("leaf", text)

    def _write(self, name: str, text: str) -> Path:
        path = self.etc / f"{name}.conf"
        path.write_text(text, encoding="utf-8")
        return path

    def _launch(self, number: int) -> None:
        words = [NATS_SERVER, "--config", str(self.configuration(number)), "--name", f"node{number}"]
        self._processes[number] = LineProcess(words)

    def address(self, name: str = CANVAS, *ports: int) -> ClusterAddress:
        """See :meth:`Engine.address`."""
        return ClusterAddress.parse(str(super().address(name, *ports)).replace("nats://", "tls://"))

    def look(self, path: str, number: int = 0) -> dict[str, Any]:
        """Ask a node for what its machine alone may ask."""
        try:
            answer = urlopen(f"http://127.0.0.1:{self._monitors[number]}{path}")
        except HTTPError as error:  # of a node that is not healthy
            answer = error
        with answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def pid(self, number: int) -> int:
        """Return the process of a running node."""
        process = self._processes[number]
        assert process is not None
        return process.process.pid

    def wait_until_ended(self, number: int) -> None:
        """Wait until a node that was told to stop has stopped."""
        process, self._processes[number] = self._processes[number], None
        assert process is not None
        process.finish()
        process.close()

    def wait_until_healthy(self) -> None:
        """Wait until each node has all of the log, so that any of them can be stopped."""
        pause = threading.Event()
        for number in range(3):
            while self.look("/healthz", number)["status"] != "ok":
                pause.wait(0.1)


def _example_key(name: str) -> str:
    match = re.search(rf"(?m)^{name}: +(U\w+)$", (DEPLOY / "nats.conf").read_text(encoding="utf-8"))
    assert match is not None, name
    return match[1]
