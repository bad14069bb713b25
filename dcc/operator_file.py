"""The file that lets commands on this machine act through a running server: ``RECORD.operator`` beside the record.

Whoever can write the record owns the canvas. While no server runs, commands with ``--store`` write the record
themselves. A running server alone writes, so that commands connect to the server, with the key in the file. The key is
of this run of the server, and of no other: a killed server leaves the file behind, and no server takes the key.

The file is a JSON object: ``clave``, the key; ``puerto``, where a client on this machine connects, as
:mod:`dcc.client.address` reads it; ``pagina``, the address of the page for others, or ``null``.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dcc.errors import DccError
from dcc.language import _, system_reason

SUFFIX = ".operator"

_MODE = 0o600
"""Whoever reads the file owns the canvas while the server runs: only those may who may write the record."""

_LONGEST_BYTES = 4096


@dataclass(frozen=True)
class Operator:
    """The way into a running server.

    :ivar key: takes a client to be the operator.
    :ivar address: where a client on this machine connects.
    :ivar page: the address of the page for others, up to the last ``/``; None if there is none.
    """

    key: str = field(repr=False)
    address: str
    page: str | None = None


def operator_path(record: str | Path) -> Path:
    """Return where the file of a record is."""
    record = Path(record)
    return record.with_name(record.name + SUFFIX)


def write_operator(record: str | Path, operator: Operator) -> None:
    """Write the file of a record, in place of one that a killed server has left.

    :raises DccError: the file cannot be written.
    """
    path = operator_path(record)
    new = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    words = {"clave": operator.key, "puerto": operator.address, "pagina": operator.page}
    try:
        with suppress(FileNotFoundError):
            new.unlink()
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w", encoding="utf-8") as file:
            json.dump(words, file)
        os.replace(new, path)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        raise DccError(f"{path}: {system_reason(error)}") from None


def read_operator(record: str | Path) -> Operator:
    """Read the file of a record that a running server has.

    :raises DccError: there is none, or it cannot be read.
    """
    path = operator_path(record)
    try:
        with open(path, "rb") as file:
            words = json.loads(file.read(_LONGEST_BYTES))
        key, address, page = words["clave"], words["puerto"], words.get("pagina")
        if isinstance(key, str) and isinstance(address, str) and isinstance(page, str | None):
            return Operator(key, address, page)
    except OSError as error:
        raise DccError(
            _("a server has the record, and its way in cannot be read: {path}: {reason}").format(
                path=path, reason=system_reason(error)
            )
        ) from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass
    raise DccError(_("{path} is not as a server writes it: stop and start the server").format(path=path))


def remove_operator(record: str | Path) -> None:
    """Remove the file of a record, if it is there."""
    with suppress(OSError):
        operator_path(record).unlink()
