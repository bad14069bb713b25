"""``dcc doctor``: each fault of an installation is named, with what to do."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dcc.commands import examinations
from dcc.commands.examinations import Severity
from dcc.core.placements import Painter, Stroke
from dcc.record.writer import Writer
from tests.support.certificates import authority
from tests.support.server_process import DCC, PATIENCE_SECONDS, ServerProcess, WebServer

FAR = 365


def doctor(
    folder: Path, *words: str, open_files: int | None = None, **environment: str
) -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """Run the command; return its status, and the severity and text of the findings about each thing."""

    def limit() -> None:
        if open_files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))

    done = subprocess.run(
        [DCC, "doctor", "--json", *words],
        cwd=folder,
        env={**os.environ, "DCC_LANG": "en", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        preexec_fn=limit,
    )
    assert done.stderr == "", done.stderr
    said = json.loads(done.stdout)
    found: dict[str, list[tuple[str, str]]] = {}
    for each in said["findings"]:
        found.setdefault(each["about"], []).append((each["severity"], each["text"]))
    assert done.returncode == (1 if said["wrong"] else 0), "scripts go by the exit status"
    return done.returncode, found


def record(path: Path, time_ms: int = 1_700_000_000_000) -> None:
    writer = Writer(path)
    writer.append([Stroke(Painter(1, "", "127.0.0.1:1"), bytes([3, 0, 0, 0, 2]))], time_ms)
    writer.close()


def test_a_new_installation_has_nothing_wrong_and_nothing_is_made(tmp_path: Path) -> None:
    status, found = doctor(tmp_path)
    assert status == 0
    assert found["record"] == [("note", f"there is no record {tmp_path}/dcc.sqlite3 yet; dcc serve makes one")]
    assert found["server"][0][0] == "note", "no server has to run"
    assert os.listdir(tmp_path) == []


def test_a_running_server_with_its_record_and_its_page_is_well(tmp_path: Path) -> None:
    with WebServer("--store", "own.sqlite3", cwd=tmp_path) as server:
        status, found = doctor(tmp_path, "--store", "own.sqlite3", "--page", server.url, f"127.0.0.1:{server.port}")
    assert status == 0, found
    assert {about: findings[0][0] for about, findings in found.items() if not about.startswith("packages")} == {
        "versions": "ok",
        "record": "ok",
        "disk": "ok",
        "open files": "ok",
        "server": "ok",
        "page": "ok",
        "clock": "ok",
        "connection": "ok",
        "visitors": "ok",
    }


def test_a_proxy_that_is_not_trusted_is_named(tmp_path: Path) -> None:
    with WebServer() as server:  # 0.0.0.0 is another host to the doctor, and this machine to the system
        status, found = doctor(tmp_path, "--page", f"http://0.0.0.0:{server.web_port}/")
    assert status == 1
    assert found["visitors"] == [
        (
            "wrong",
            "the server takes everybody behind the proxy for 127.0.0.1: start dcc serve with --trusted-proxy 127.0.0.1",
        )
    ]


# --- the record ----------------------------------------------------------------------------------


def damaged(path: Path) -> None:
    record(path)
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(data)


def without_its_log(path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(b"log")


RECORDS = {
    "damaged": (damaged, "record", "damaged|malformed|Tree|differs|page"),
    "a log without its file": (without_its_log, "record", "move both together"),
    "another kind of file": (lambda path: path.write_text("no record\n" * 50), "record", "another kind of file"),
    "painted in the future": (
        lambda path: record(path, int((time.time() + 3600) * 1000)),
        "clock",
        "which is in the future: set this machine's clock",
    ),
}


@pytest.mark.parametrize("kind", RECORDS)
def test_a_fault_of_the_record_is_named(kind: str, tmp_path: Path) -> None:
    make, about, expected = RECORDS[kind]
    make(tmp_path / "dcc.sqlite3")
    status, found = doctor(tmp_path)
    assert status == 1
    severity, text = found[about][0]
    assert severity == "wrong"
    assert any(word in text for word in expected.split("|")), text
    assert str(tmp_path) in text or about == "clock", "the line names the file"


def test_a_sound_record_is_counted(tmp_path: Path) -> None:
    record(tmp_path / "dcc.sqlite3")
    assert doctor(tmp_path)[1]["record"] == [("ok", f"the record {tmp_path}/dcc.sqlite3 is sound: 1 placement")]


# --- the machine ---------------------------------------------------------------------------------


def test_a_low_limit_of_open_files_is_noted(tmp_path: Path) -> None:
    status, found = doctor(tmp_path, open_files=500)
    assert (status, found["open files"][0][0]) == (0, "note")
    assert found["open files"][0][1].startswith("a process may open 500 files")


@pytest.mark.parametrize(
    ("free", "severity", "text"),
    [
        (50_000_000, Severity.WRONG, "nearly full, 50 MB are left"),
        (200_000_000, Severity.NOTE, "no room for a backup"),
        (900_000_000, Severity.OK, "has room: 900 MB"),
    ],
)
def test_the_disk_needs_room_for_the_record_and_a_backup(
    free: int, severity: Severity, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dcc.sqlite3"
    with path.open("wb") as file:
        file.truncate(500_000_000)  # takes no room
    used = type("Usage", (), {"free": free})
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: used)
    (finding,) = examinations.disk(str(path))
    assert finding.severity is severity
    assert text in finding.text


@pytest.mark.parametrize(
    ("requirements", "extra", "severity", "text"),
    [
        (["Twisted >= 999"], "", Severity.WRONG, "too old: Twisted "),
        (["dcc-no-such-package"], "", Severity.WRONG, "missing: dcc-no-such-package"),
        (['dcc-no-such-package; extra == "web"'], "web", Severity.NOTE, "pip install --upgrade 'drawcolorcanvas[web]'"),
        (['Pillow >= 999; extra == "images"'], "images", Severity.WRONG, "too old: Pillow "),
        (
            ['Pillow >= 999; extra == "tls"', 'dcc-no-such-package; extra == "tls"'],
            "tls",
            Severity.NOTE,
            "ssl: endpoints and --tls: not installed (dcc-no-such-package)",
        ),
        (['Pillow; extra == "images"'], "images", Severity.OK, "dcc paint, snapshot, export, timelapse, heatmap"),
    ],
)
def test_missing_and_outdated_packages_are_named_with_the_command(
    requirements: list[str], extra: str, severity: Severity, text: str
) -> None:
    (finding,) = examinations.packages_of([Requirement(each) for each in requirements], extra)
    assert finding.severity is severity
    assert text in finding.text


def test_a_package_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "modules"
    broken.mkdir()
    (broken / "av.py").write_text("raise ImportError('libavcodec.so.61: cannot open shared object file')")
    path = os.pathsep.join([str(broken), os.environ.get("PYTHONPATH", str(Path(examinations.__file__).parents[2]))])
    status, found = doctor(tmp_path, PYTHONPATH=path)
    assert status == 1
    assert found["packages video"] == [
        (
            "wrong",
            "dcc timelapse OUT.mp4: installed, but cannot be loaded (libavcodec.so.61: cannot open shared object file)",
        )
    ]


# --- servers and pages ---------------------------------------------------------------------------


def test_a_named_server_has_to_answer(tmp_path: Path) -> None:
    with ServerProcess() as server:
        port = server.port
        assert doctor(tmp_path, f"127.0.0.1:{port}")[1]["server"][0] == (
            "ok",
            f"the server at 127.0.0.1:{port} answers: 50x50, protocol version 2",
        )
    status, found = doctor(tmp_path, f"127.0.0.1:{port}")
    assert status == 1
    assert "no server listens there" in found["server"][0][1]


@contextmanager
def http_server(body: str = "<html>", behind_seconds: float = 0.0, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server of another kind, such as a proxy; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(HTTPStatus.OK)
            self.send_header("Date", formatdate(time.time() - behind_seconds, usegmt=True))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_words: object) -> None:
            """A client may leave in the middle of a handshake."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_a_page_that_is_not_there_or_not_ours_is_named(tmp_path: Path) -> None:
    with http_server() as port:
        status, found = doctor(tmp_path, "--page", f"http://127.0.0.1:{port}")
    assert status == 1
    assert found["connection"] == [
        (
            "wrong",
            f"http://127.0.0.1:{port}/ws is not answered by dcc (status 200): does the proxy pass on every path?",
        )
    ]
    status, found = doctor(tmp_path, "--page", f"http://127.0.0.1:{port}")
    assert status == 1
    assert found["page"] == [("wrong", f"http://127.0.0.1:{port}/ cannot be reached: Connection refused")]


def test_https_at_a_port_without_tls_is_named(tmp_path: Path) -> None:
    with http_server() as port:
        status, found = doctor(tmp_path, "--page", f"https://127.0.0.1:{port}/")
    assert status == 1
    line = f"127.0.0.1:{port} cannot be reached with TLS: no TLS is spoken there; is the address http:// "
    assert found["certificate"] == [("wrong", line + "instead of https://?")]


def test_a_failed_handshake_is_told_in_the_words_of_tls(tmp_path: Path) -> None:
    """A server without a certificate ends each handshake with an alert."""
    with http_server(tls=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)) as port:
        _status, found = doctor(tmp_path, "--page", f"https://127.0.0.1:{port}/")
    assert re.search(r"cannot be reached with TLS: .*alert handshake failure$", found["certificate"][0][1])


def test_clocks_that_differ_are_told(tmp_path: Path) -> None:
    with http_server("{}", behind_seconds=3600) as port:
        status, found = doctor(tmp_path, "--page", f"http://127.0.0.1:{port}")
    assert status == 1
    assert found["clock"][0][0] == "wrong"
    assert "of the server differ by 3,60" in found["clock"][0][1], "a second more if the answer took long"


@pytest.mark.parametrize(
    ("days", "severity", "text"),
    [(FAR, "ok", "is good until"), (3, "wrong", "in 2 days; renew it"), (-1, "wrong", "certificate has expired")],
)
def test_the_end_of_the_certificate_is_told_in_time(days: int, severity: str, text: str, tmp_path: Path) -> None:
    now = datetime.now(timezone.utc)
    key, certificate = authority().server_files(
        f"doctor{days}", "127.0.0.1", not_before=now - timedelta(days=30), not_after=now + timedelta(days=days)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with http_server("{}", tls=context) as port:
        _status, found = doctor(tmp_path, "--page", f"https://127.0.0.1:{port}/", SSL_CERT_FILE=str(authority().file))
    assert found["certificate"][0][0] == severity
    assert text in found["certificate"][0][1]


def test_a_certificate_of_an_unknown_authority_is_told(tmp_path: Path) -> None:
    key, certificate = authority().server_files("doctor-unknown", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with http_server(tls=context) as port:
        status, found = doctor(tmp_path, "--page", f"https://127.0.0.1:{port}/")
    assert status == 1
    assert "the certificate of 127.0.0.1: " in found["certificate"][0][1]
    assert "page" not in found, "a browser would show nothing either"


@pytest.mark.tls
def test_the_certificate_of_a_server_for_programs_is_looked_at_too(tmp_path: Path) -> None:
    now = datetime.now(timezone.utc)
    endpoint = authority().endpoint("doctor-tcp", "127.0.0.1", not_after=now + timedelta(days=3, hours=1))
    with ServerProcess("--port", endpoint) as server:
        port = server.port
        status, found = doctor(tmp_path, "--ca", str(authority().file), f"127.0.0.1:{port}")
    assert status == 1
    assert found["server"][0][0] == "ok"
    assert "in 3 days; renew it" in found["certificate"][0][1]


@pytest.mark.parametrize(
    "url", ["canvas.example.org", "ftp://canvas.example.org/", "https://", "http://[", "http://a:x/"]
)
def test_an_address_that_is_none_is_a_wrong_command_line(url: str) -> None:
    done = subprocess.run([DCC, "doctor", "--page", url], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 2
    assert "expected an address such as https://canvas.example.org/" in done.stderr


def test_people_read_a_line_for_each_finding(tmp_path: Path) -> None:
    done = subprocess.run([DCC, "doctor"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    lines = done.stdout.splitlines()
    assert lines[-1] == "Nothing is wrong."
    assert all(line.startswith(("ok     ", "note   ")) for line in lines[:-1]), done.stdout
    assert sys.version.split()[0] in lines[0]
