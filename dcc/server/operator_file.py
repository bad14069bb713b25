"""The file that lets commands on this machine act through a running server: ``RECORD.operator`` beside the record.

Whoever can write the record owns the canvas. While no server runs, commands with ``--store`` write the record
themselves. A running server alone writes, so that commands connect to the server, with the key in the file. The key is
of this run of the server, and of no other: a killed server leaves the file behind, and no server takes the key.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from dcc.errors import DccError
from dcc.language import system_reason

SUFFIX = ".operator"

_MODE = 0o600
"""Whoever reads the file owns the canvas while the server runs: only those may who may write the record."""


class OperatorFile:
    """The file of one record.

    :ivar path: of the file.
    """

    def __init__(self, record: Path) -> None:
        self.path = record.with_name(record.name + SUFFIX)

    def write(self, key: str, address: str) -> None:
        """Write the file, in place of one that a killed server has left.

        :param key: takes a client to be the operator.
        :param address: where a client on this machine connects, as :mod:`dcc.client.address` reads it.
        :raises DccError: the file cannot be written.
        """
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")
        try:
            with suppress(FileNotFoundError):
                new.unlink()
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w", encoding="ascii") as file:
                json.dump({"clave": key, "puerto": address}, file)
            os.replace(new, self.path)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise DccError(f"{self.path}: {system_reason(error)}") from None

    def remove(self) -> None:
        """Remove the file, if it is there."""
        with suppress(OSError):
            self.path.unlink()
