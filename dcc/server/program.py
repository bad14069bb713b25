"""``dcc serve``: twistd with a console for people in place of the log of twistd."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from twisted.application import app
from twisted.scripts import twistd

from dcc.language import OPTION, spoken
from dcc.server.log import StandardOutput
from dcc.server.options import Options


def run(words: Sequence[str]) -> None:
    """Run ``twistd -n dcc``, without the pid file that twistd would leave in the working directory.

    :param words: the command line after ``dcc serve``.
    :raises DccError: the server cannot start.
    """
    own = ["--nodaemon", "--pidfile="] if os.name == "posix" else ["--nodaemon"]  # only there twistd writes the file
    sys.argv[1:] = [*own, "dcc", f"{OPTION}={spoken()}", *words]
    app.run(_run, twistd.ServerOptions)  # type: ignore[attr-defined]


def _run(config: Any) -> None:
    options: Options = config.subOptions
    output = StandardOutput("text" if options.log_file else options.log_format)
    options.take_console(output)
    config["logger"] = lambda: output.observer
    streams = sys.stdout, sys.stderr
    try:
        twistd.runApp(config)
    finally:
        sys.stdout, sys.stderr = streams  # the log has taken their place
        output.flush()
