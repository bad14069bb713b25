"""Certificates of an authority that only these tests trust, as files; made once for all tests of a process."""

from __future__ import annotations

import atexit
import ssl
import tempfile
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import trustme


class Authority:
    """An authority, and its certificates.

    :ivar file: the authority's own certificate.
    :ivar folder: the folder of the files.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.file = folder / f"{name}.pem"
        self.trust = trustme.CA()
        self.trust.cert_pem.write_to_path(self.file)

    def server_files(self, name: str, *hosts: str, **dates: datetime) -> tuple[Path, Path]:
        """A key and a certificate for a server.

        :param name: of the files, and nothing else.
        :param dates: ``not_before`` and ``not_after``.
        """
        given = self.trust.issue_cert(*hosts, **dates)
        key, certificate = self.folder / f"{name}-key.pem", self.folder / f"{name}.pem"
        given.private_key_pem.write_to_path(key)
        given.cert_chain_pems[0].write_to_path(certificate)
        return key, certificate

    def endpoint(self, name: str, *hosts: str, **dates: datetime) -> str:
        """The same, as an endpoint of Twisted's, on a port of the kernel's choice."""
        key, certificate = self.server_files(name, *hosts, **dates)
        return f"ssl:0:privateKey={key}:certKey={certificate}:interface=127.0.0.1"

    def context(self) -> ssl.SSLContext:
        """Return a context for foreign clients: Python's own TLS, trusting only this authority."""
        return ssl.create_default_context(cafile=str(self.file))


@cache
def authority(name: str = "authority") -> Authority:
    """Return the authority with a name."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Authority(Path(folder.name), name)


@cache
def local_endpoint() -> str:
    """Return an endpoint with a certificate for this machine."""
    return authority().endpoint("local", "localhost", "127.0.0.1", "::1")


def days_from_now(days: int) -> datetime:
    """A moment for certificates."""
    return datetime.now(timezone.utc) + timedelta(days=days)
