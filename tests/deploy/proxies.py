"""Real proxies in front of a real server, with the files of ``deploy/`` and free ports instead of theirs.

The proxies run without privileges: as nobody, if the tests run as root.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

from typing_extensions import Self

from tests.support.engine import free_ports
from tests.support.server_process import PATIENCE_SECONDS, LineProcess
from tests.support.websocket import get

DEPLOY = Path(__file__).parents[2] / "deploy"

_NOBODY = 65534

_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr notice;
load_module {modules}/ngx_stream_module.so;
include {folder}/nginx-stream.conf;
events {{
    worker_connections 64;
}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/nginx.conf;
}}
"""
"""What Debian's own ``nginx.conf`` is to our files, for a process without privileges."""

_NGINX_MODULES = "/usr/lib/nginx/modules"


def program(name: str) -> str:
    """Return the path of a program of the system.

    :raises AssertionError: the program is not installed.
    """
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    assert path is not None, f"{name} is not installed: tools/system-packages operate"
    return path


def _without_privileges(words: Sequence[str]) -> list[str]:
    if os.getuid() != 0:
        return list(words)
    return [program("setpriv"), f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", *words]


class Proxy:
    """A proxy process; stops as the block ends.

    :ivar web_port: for browsers, on 127.0.0.1.
    :ivar port: for programs, on 127.0.0.1; that of the server behind a proxy for browsers alone.
    :ivar server_web_port: where the proxy expects the server's port for browsers.
    :ivar server_port: where the proxy expects the server's port for programs.
    :ivar is_tcp_proxied: whether the proxy passes on the port for programs.
    """

    is_tcp_proxied = True

    def __init__(self) -> None:
        self.web_port, self.port, self.server_web_port, self.server_port = free_ports(4)

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="dcc-proxy-"))
        words, variables = self.prepare(self._folder)
        for path in (self._folder, *self._folder.iterdir()):
            if os.getuid() == 0:
                os.chown(path, _NOBODY, _NOBODY)
        self._process = LineProcess(_without_privileges(words), {**variables, "HOME": str(self._folder)})
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.process.poll() is None:
            self._process.interrupt()  # a killed master would leave its workers
            self._process.finish()
        self._process.close()
        shutil.rmtree(self._folder)

    def prepare(self, folder: Path) -> tuple[list[str], dict[str, str]]:
        """Write what the proxy needs into a folder.

        :return: the command and its variables.
        """
        raise NotImplementedError

    @property
    def server_options(self) -> tuple[str, ...]:
        """Return the server's options, as the comments of the files have them."""
        port = f"haproxy:tcp:{self.server_port}:interface=127.0.0.1" if self.is_tcp_proxied else str(self.port)
        return ("--port", port, "--http", str(self.server_web_port), "--trusted-proxy", "127.0.0.1")

    def _wait_until_it_listens(self) -> None:
        ports = [self.web_port, *([self.port] if self.is_tcp_proxied else [])]
        while ports:
            assert self._process.process.poll() is None, self._process.output
            with socket.socket() as attempt:
                attempt.settimeout(PATIENCE_SECONDS)
                if attempt.connect_ex(("127.0.0.1", ports[0])) == 0:
                    del ports[0]


class Nginx(Proxy):
    """nginx has no variables in these places: the ports in the lines with ``listen``, ``server`` and ``proxy_pass``
    are replaced.
    """

    def prepare(self, folder: Path) -> tuple[list[str], dict[str, str]]:
        """See :meth:`Proxy.prepare`."""
        ports = {80: self.web_port, 8080: self.server_web_port, 45743: self.port, 45744: self.server_port}
        replaced: set[int] = set()
        for name in ("nginx.conf", "nginx-stream.conf"):
            text = (DEPLOY / name).read_text(encoding="utf-8")
            text = re.sub(r"(?m)^ *listen \[::\].*\n", "", text)  # not every machine has IPv6
            for old, new in ports.items():
                text, count = re.subn(
                    rf"(?m)^( *(?:listen |server 127.0.0.1:|proxy_pass 127.0.0.1:)){old}\b", rf"\g<1>{new}", text
                )
                replaced |= {old} if count else set()
            (folder / name).write_text(text, encoding="utf-8")
        assert replaced == set(ports), replaced
        main = folder / "main.conf"
        main.write_text(_NGINX.format(folder=folder, modules=_NGINX_MODULES), encoding="utf-8")
        return [program("nginx"), "-p", str(folder), "-c", str(main), "-e", "stderr"], {}


class HAProxy(Proxy):
    """The addresses are variables of the file."""

    def prepare(self, folder: Path) -> tuple[list[str], dict[str, str]]:
        """See :meth:`Proxy.prepare`."""
        return [program("haproxy"), "-W", "-db", "-f", str(DEPLOY / "haproxy.cfg")], {
            "DCC_PUBLIC_HTTP": f":{self.web_port}",
            "DCC_PUBLIC_TCP": f":{self.port}",
            "DCC_HTTP": f"127.0.0.1:{self.server_web_port}",
            "DCC_TCP": f"127.0.0.1:{self.server_port}",
        }


class HAProxyOfTwo(HAProxy):
    """HAProxy in front of two servers, which listen before it starts."""

    def __init__(self) -> None:
        super().__init__()
        self._servers = [(self.server_web_port, self.server_port), tuple(free_ports(2))]

    def prepare(self, folder: Path) -> tuple[list[str], dict[str, str]]:
        """See :meth:`Proxy.prepare`."""
        self.server_web_port, self.server_port = self._servers[0]
        words, variables = super().prepare(folder)
        web_port, port = self._servers[1]
        return words, {**variables, "DCC_HTTP_2": f"127.0.0.1:{web_port}", "DCC_TCP_2": f"127.0.0.1:{port}"}

    def options_of(self, number: int) -> tuple[str, ...]:
        """Return the options of a server, 0 or 1."""
        self.server_web_port, self.server_port = self._servers[number]
        return self.server_options

    def clients_of(self, number: int) -> int:
        """Return how many clients a server has."""
        _status, _headers, body = get(self._servers[number][0], "/metrics")
        return sum(int(float(count)) for count in re.findall(r"(?m)^dcc_clients\{.*\} (\S+)$", body.decode()))

    def wait_for(self, pattern: str) -> None:
        """Wait for a line of the proxy's log."""
        self._process.wait_for(pattern)


class Caddy(Proxy):
    """The addresses are variables of the file. Caddy passes on HTTP alone."""

    is_tcp_proxied = False

    def prepare(self, folder: Path) -> tuple[list[str], dict[str, str]]:
        """See :meth:`Proxy.prepare`."""
        (folder / "data").mkdir()
        return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")], {
            "DCC_SITE": f"http://:{self.web_port}",
            "DCC_HTTP": f"127.0.0.1:{self.server_web_port}",
            "CADDY_ADMIN": f"unix/{folder}/admin.sock",
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "data"),
        }
