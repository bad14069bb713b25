"""The machine, and what a process of it has used. Linux alone has all of this."""

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
    """What the figures were measured on."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "machine": f"{os.cpu_count()} x {cpu.group(1) if cpu else platform.machine()}, "
        f"{int(memory.group(1)) / KIB / KIB if memory else 0:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "versions": f"Python {platform.python_version()}, Twisted {_version('Twisted')}, "
        f"SQLite {sqlite3.sqlite_version}, dcc {_version('drawcolorcanvas')}",
        "load": f"{os.getloadavg()[0]:.1f} before the run",
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def raise_descriptor_limit() -> None:
    """Let this process and those it starts open as many files as the system allows."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads that a process ever had, to the nanosecond.

    The clock's number is what ``clock_getcpuclockid(3)`` gives; ``/proc/PID/stat`` counts in 10 ms.
    """
    return time.clock_gettime(~pid << 3 | 2)


@dataclass(frozen=True)
class Memory:
    """Of one process, in bytes.

    :ivar rss: what it holds.
    :ivar pss: the same, what it shares with others counted in part.
    """

    rss: int
    pss: int


def memory(pid: int) -> Memory:
    """What a process holds now."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    held = {name: int(kib) * KIB for name, kib in re.findall(r"^(\w+):\s*(\d+) kB$", text, re.MULTILINE)}
    return Memory(held["Rss"], held["Pss"])
