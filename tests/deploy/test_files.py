"""The files of ``deploy/`` for systemd, Prometheus, Grafana and containers: each is checked by the program that reads
it, or run as far as this machine can.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.proxies import DEPLOY, program
from tests.support.engine import NATS_SERVER, Engine, free_ports
from tests.support.server_process import DCC, PATIENCE_SECONDS, LineProcess, Peer, WebServer
from tests.support.websocket import get
from tests.support.wire import HELLO_1

CHECKOUT = DEPLOY.parent
OPERATIONS = CHECKOUT / "docs" / "operations.md"

MOST_EXPOSED = 2.0
"""Of 10, by systemd's own count; "OK" ends at 2."""

NAMES = re.compile(r"\b(?:dcc|process|python)_\w+")


def run(*words: str | Path, cwd: Path | None = None, variables: dict[str, str] | None = None) -> str:
    """Run a program.

    :return: everything that the program printed.
    :raises AssertionError: the exit status is not 0.
    """
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


# --- systemd -------------------------------------------------------------------------------------


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with the path of the ``dcc`` of these tests, and the unit of its sockets beside."""
    text = (DEPLOY / "dcc.service").read_text(encoding="utf-8")
    assert "/opt/dcc/bin/dcc" in text
    path = tmp_path / "dcc.service"
    path.write_text(text.replace("/opt/dcc/bin/dcc", DCC), encoding="utf-8")
    shutil.copy(DEPLOY / "dcc.socket", tmp_path)
    return path


def settings(unit: Path, name: str) -> list[str]:
    """Return the values of a setting."""
    return re.findall(rf"(?m)^{name}=(.*)$", unit.read_text(encoding="utf-8"))


@pytest.fixture
def nats_unit(tmp_path: Path) -> Path:
    """The unit of a node of NATS, with the path of the ``nats-server`` of these tests."""
    text = (DEPLOY / "nats.service").read_text(encoding="utf-8")
    assert "/usr/local/bin/nats-server" in text
    path = tmp_path / "nats.service"
    path.write_text(text.replace("/usr/local/bin/nats-server", NATS_SERVER), encoding="utf-8")
    return path


def test_systemd_finds_nothing_wrong_with_the_units(unit: Path, nats_unit: Path) -> None:
    words = [program("systemd-analyze"), "verify", "--man=no", unit, unit.with_suffix(".socket"), nats_unit]
    assert [line for line in run(*words).splitlines() if "dcc." in line or "nats." in line] == []
    added = unit.with_name("dcc.service.d")
    added.mkdir()
    shutil.copy(DEPLOY / "dcc-cluster.conf", added)
    assert [line for line in run(*words).splitlines() if "dcc." in line or "cluster" in line] == []


@pytest.mark.parametrize("name", ["dcc", "nats"])
def test_the_service_sees_little_of_the_machine(name: str, unit: Path, nats_unit: Path) -> None:
    found = run(
        *(program("systemd-analyze"), "security", "--offline=yes", "--no-pager"), nats_unit if name == "nats" else unit
    )
    exposure = re.search(rf"Overall exposure level for {name}\.service: ([0-9.]+)", found)
    assert exposure is not None, found
    assert float(exposure[1]) <= MOST_EXPOSED


def test_the_command_of_the_unit_is_a_server_that_its_stop_signal_ends_well(unit: Path, tmp_path: Path) -> None:
    port, web_port = free_ports(2)
    (command,) = settings(unit, "ExecStart")
    environment = dict(shlex.split(line)[0].split("=", 1) for line in settings(unit, "Environment"))
    options = environment.pop("DCC_OPTIONS").replace("8080", str(web_port)) + f" --port {port}"
    assert settings(unit, "KillSignal") == ["SIGINT"]
    with LineProcess(command.replace("$DCC_OPTIONS", options).split(), environment, tmp_path) as server:
        server.wait_for(rf"0\.0\.0\.0:{port}$")
        assert get(web_port, "/healthz")[0] == 200
        server.interrupt()
        assert server.finish() == 0
        assert (tmp_path / "dcc.sqlite3").exists()


def test_the_server_takes_the_sockets_of_the_unit_from_systemd(tmp_path: Path) -> None:
    ports = free_ports(2)
    assert settings(DEPLOY / "dcc.socket", "ListenStream") == ["45743", "8080"]
    asked = re.search(r"DCC_OPTIONS=(.*)", (DEPLOY / "dcc.socket").read_text(encoding="utf-8"))
    assert asked is not None
    activate = [
        program("systemd-socket-activate"),
        "--fdname=dcc.socket:dcc.socket",
        *(f"--listen=[::ffff:127.0.0.1]:{port}" for port in ports),
    ]
    with LineProcess([*activate, DCC, "serve", *asked[1].split(), "--store", "memory:"]) as server:
        server.wait_for(r"Listening on .* as 4\.")
        with Peer(ports[0]) as peer:  # the first connection starts the server, and waits for it
            peer.send(HELLO_1)
            assert "0" in json.loads(peer.receive())
        assert get(ports[1], "/healthz")[0] == 200


# --- HAProxy -------------------------------------------------------------------------------------


@pytest.mark.parametrize("servers", [1, 2, 3])
def test_haproxy_accepts_its_file_for_one_server_and_for_several(servers: int) -> None:
    more = {f"DCC_{kind}_{number}": "127.0.0.1:1" for kind in ("HTTP", "TCP") for number in range(2, servers + 1)}
    words = (program("haproxy"), "-c", "-V", "-f", DEPLOY / "haproxy.cfg")
    assert "Configuration file is valid" in run(*words, variables=more)


# --- Prometheus and Grafana ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, set[str]]]:
    """The metrics of a real server among several, each with the names of its labels."""
    store = str(tmp_path_factory.mktemp("known") / "copy.sqlite3")
    with Engine() as engine, WebServer("--cluster", str(engine.address("known")), "--store", store) as server:
        _status, _headers, body = get(server.web_port, "/metrics")
    found: dict[str, set[str]] = {}
    for name, labels in re.findall(r"(?m)^(\w+)(?:\{(.*)\})? ", body.decode()):
        found.setdefault(name, set()).update(re.findall(r"(\w+)=", labels))
    yield found


def queries() -> list[str]:
    """Return the queries of the alerts and of the dashboard."""
    alerts = re.findall(
        r"expr: (?:>-\n)?(.*?)\n *(?:for|labels):", (DEPLOY / "prometheus-rules.yml").read_text(), re.DOTALL
    )
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    variables = [each["query"]["query"] for each in dashboard["templating"]["list"] if each["type"] == "query"]
    assert min(len(alerts), len(panels), len(variables)) > 0
    return [*alerts, *panels, *variables]


@pytest.mark.parametrize("query", queries())
def test_a_query_names_only_metrics_and_labels_that_the_server_has(query: str, known: dict[str, set[str]]) -> None:
    names = set(NAMES.findall(query))
    assert names <= set(known)
    labels = set(re.findall(r"(\w+) *(?:=~|!=|!~|=)[\s]*\"", query))
    for group in re.findall(r"\b(?:by|without) *\(([^)]*)\)", query):
        labels |= {label.strip() for label in group.split(",")}
    of_these = {"job", "instance"}.union(*(known[name] for name in names))  # Prometheus adds the two
    assert labels <= of_these


def test_the_reasons_in_queries_are_reasons_of_the_server(known: dict[str, set[str]]) -> None:
    from dcc.reasons import REASONS

    named = {
        code for query in queries() for codes in re.findall(r'reason=~?"([^"]+)"', query) for code in codes.split("|")
    }
    assert len(named) > 2
    assert named <= set(REASONS)


def test_promtool_accepts_the_alerts_and_each_fires_on_its_fault_alone(tmp_path: Path) -> None:
    for path in (DEPLOY / "prometheus-rules.yml", Path(__file__).parent / "rules.test.yml"):
        shutil.copy(path, tmp_path)
    run(program("promtool"), "check", "rules", "prometheus-rules.yml", cwd=tmp_path)
    run(program("promtool"), "test", "rules", "rules.test.yml", cwd=tmp_path)


def test_every_alert_is_tested_and_explained_to_the_operator() -> None:
    alerts = re.findall(r"alert: (\w+)", (DEPLOY / "prometheus-rules.yml").read_text(encoding="utf-8"))
    tested = (Path(__file__).parent / "rules.test.yml").read_text(encoding="utf-8")
    explained = OPERATIONS.read_text(encoding="utf-8")
    assert len(alerts) > 5
    for alert in alerts:
        assert f'alertname="{alert}"' in tested
        assert f"| `{alert}`" in explained


# --- the container -------------------------------------------------------------------------------


def steps(stage: int) -> list[tuple[str, str]]:
    """Return the instructions of a stage of the Containerfile, with their arguments."""
    text = re.sub(r"(?m)^#.*\n", "", (DEPLOY / "Containerfile").read_text(encoding="utf-8")).replace("\\\n", " ")
    lines = [line.partition(" ") for line in text.splitlines() if line]
    starts = [number for number, (name, _space, _rest) in enumerate(lines) if name == "FROM"]
    return [(name, rest) for name, _space, rest in lines[starts[stage] : [*starts, len(lines)][stage + 1]]]


def argument(name: str) -> str:
    """Return the arguments of an instruction of the last stage."""
    (found,) = [rest for instruction, rest in steps(1) if instruction == name]
    return found


class CleanFolder:
    """A folder in the place of the root of an image: absolute paths are below it, and ``python`` is a new one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workdir = root
        venv.create(root / "python", with_pip=True)

    def path(self, text: str) -> Path:
        """Return where a path of the image is."""
        return self.root / text.lstrip("/") if text.startswith("/") else self.workdir / text

    def run(self, command: str) -> None:
        """Run a command of the shell."""
        inside = re.sub(r"(?<=\s)/(?=\w)", f"{self.root}/", command)
        user = f"-o {os.getuid()} -g {os.getgid()}" if os.getuid() else "-o 65532 -g 65532"
        inside = inside.replace("-o 65532 -g 65532", user)
        path = f"{self.root / 'python' / 'bin'}:{os.environ['PATH']}"
        run("sh", "-ec", inside, cwd=self.workdir, variables={"PATH": path, "PYTHONPATH": ""})


def test_the_steps_of_the_containerfile_make_a_server_that_is_healthy(tmp_path: Path) -> None:
    build, image = CleanFolder(tmp_path / "build"), CleanFolder(tmp_path / "image")
    ignored = shutil.ignore_patterns(*(CHECKOUT / ".containerignore").read_text(encoding="utf-8").split())
    for stage, folder in enumerate((build, image)):
        for name, rest in steps(stage):
            if name == "WORKDIR":
                folder.workdir = folder.path(rest)
                folder.workdir.mkdir(exist_ok=True)
            elif name == "COPY":
                words = rest.split()
                source = build.path(words[1]) if words[0] == "--from=build" else CHECKOUT
                shutil.copytree(source, folder.path(words[-1]), ignore=ignored, dirs_exist_ok=True)
            elif name == "RUN":
                folder.run(rest)

    assert argument("USER") != "root"
    port, web_port = free_ports(2)
    entry = json.loads(argument("ENTRYPOINT"))
    words = [str(image.root / "python" / "bin" / entry[0]), *entry[1:], "--port", str(port)]
    words[words.index("8080")] = str(web_port)
    language = dict(word.split("=") for word in argument("ENV").split())
    with LineProcess(words, {**language, "PYTHONPATH": ""}, image.path("/var/lib/dcc")) as server:
        server.wait_for(rf"0\.0\.0\.0:{port}$")
        _shell, check = argument("HEALTHCHECK").split(" CMD ")
        healthy = json.loads(check)
        run(sys.executable, *(word.replace("8080", str(web_port)) for word in healthy[1:]))
        assert sorted(path.name for path in image.path("/var/lib/dcc").iterdir() if "sqlite3" not in path.name) == []
        server.interrupt()
        assert server.finish() == 0
