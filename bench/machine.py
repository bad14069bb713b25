"""The machine, and the resources that its processes used. Only Linux has all of the figures."""

from __future__ import annotations

import os
import platform
import re
import resource
import sqlite3
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

KIB = 1024


def heading() -> dict[str, str]:
    """Return a description of the machine."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "machine": f"{os.cpu_count()} x {cpu.group(1) if cpu else platform.machine()}, "
        f"{int(memory.group(1)) / KIB / KIB if memory else 0:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "versions": f"Python {platform.python_version()}, Twisted {_version('Twisted')}, "
        f"SQLite {sqlite3.sqlite_version}, dcc {_version('drawcolorcanvas')}",
        "load": f"{load():.1f} before the run",
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def load() -> float:
    """Return how many processes wanted a core at once in the last minute."""
    return os.getloadavg()[0]


def raise_descriptor_limit() -> None:
    """Raise the limit of open files of this process and its children as far as the system allows."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of all threads of a process, ended ones too, to the nanosecond.

    The clock has the number of ``clock_getcpuclockid(3)``; ``/proc/PID/stat`` counts in 10 ms.
    """
    return time.clock_gettime(~pid << 3 | 2)


@dataclass(frozen=True)
class Memory:
    """Memory of a process, in bytes.

    :ivar rss: the resident set.
    :ivar pss: the same, with shared memory counted in part.
    """

    rss: int
    pss: int


def memory(pid: int) -> Memory:
    """Read the memory of a process."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    held = {name: int(kib) * KIB for name, kib in re.findall(r"^(\w+):\s*(\d+) kB$", text, re.MULTILINE)}
    return Memory(held["Rss"], held["Pss"])
