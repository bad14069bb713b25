"""The options of ``dcc serve`` and ``twistd dcc``: read, checked, converted; and their help."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from getopt import GetoptError
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, TypeVar, get_args

from twisted.python import usage

from dcc import __version__, limits
from dcc.board.areas import grid
from dcc.cluster.address import ClusterAddress
from dcc.core.actions import Entry, Rectangle, SetEntry
from dcc.core.palette import AF06, Colour, Palette
from dcc.core.people import is_name
from dcc.core.placements import Size
from dcc.core.token_bucket import BURST_SECONDS
from dcc.errors import DccError, NamesError, PaletteError, RecordError, Refusal
from dcc.images.palettes import load_palette
from dcc.language import _, speak_chosen, take_option
from dcc.names import load_names
from dcc.parsing import parse_size, whole_number
from dcc.record.cluster import DEFAULT_LOG_KEEP
from dcc.record.store import DEFAULT_STORE, Store, parse_store
from dcc.record.writer import DEFAULT_SIZE
from dcc.server.addresses import Quotas
from dcc.server.listening import EVERY_INTERFACE, Endpoint, parse_endpoint
from dcc.server.log import FORMATS, Format
from dcc.server.share import Out
from dcc.server.web.forwarded import TrustedProxies, TrustedProxy, parse_proxy
from dcc.server.web.hosts import parse_name
from dcc.server.web.origins import Origin, parse_origin
from dcc.server.web.settings import WebSettings
from dcc.server.web.signed_in import parse_header
from dcc.stdout import say
from dcc.wording import clip

LARGEST_NUMBER = 999_999_999
"""Largest number that an option takes: thirty years of seconds."""

SHARED_WEB_PORT = "8080"
"""Port for browsers with ``--share``."""

Addresses = Literal["keep", "hash", "none"]
ADDRESSES: tuple[Addresses, ...] = get_args(Addresses)
"""What of an address is recorded."""

_USAGE_STATUS = 2

_COLOURS_LISTED = 16
"""Colours of a palette in an error: what fits on two lines."""

_OPTION_COLUMN = 2
_HELP_COLUMN = 31
_NARROWEST_HELP = 20
_WIDEST_HELP = 100
_IN_BRACKETS = re.compile(r"\[[^\]]{,40}\]")
_NO_BREAK = "\N{NO-BREAK SPACE}"

_Value = TypeVar("_Value")
_Word = TypeVar("_Word", bound=str)


class OptionHelp(NamedTuple):
    """What the help says of an option.

    :ivar value: names the option's value; empty for an option without one.
    """

    name: str
    value: str
    text: str


class Options(usage.Options):
    """The options, checked and converted.

    :ivar endpoint: for clients.
    :ivar web_endpoint: for browsers; nothing without a port for browsers.
    :ivar pixelflut_endpoint: for Pixelflut clients; nothing without a port for them.
    :ivar is_web_required: whether the operator asked for a port for browsers.
    :ivar is_shared: whether to print the link for others.
    :ivar store: where the board is saved.
    :ivar cluster: the log that several servers share; nothing if the server is alone.
    :ivar cluster_credentials: for the log's engine; nothing if not given.
    :ivar log_keep: entries that the log keeps at least.
    :ivar size: of a new board; nothing if not given.
    :ivar colours: of a new board; nothing if not given.
    :ivar web: for the port for browsers.
    :ivar entry: who may paint at all; nothing if not given, as the next two.
    :ivar cooldown_seconds: from one pixel of a painter to the next.
    :ivar charges: how many pixels a painter can gather.
    :ivar addresses: what is recorded of an address.
    :ivar class_file: a file of names; nothing if not given.
    :ivar class_names: the names in the file.
    :ivar ground: colour of a new board; nothing if not given.
    :ivar is_quiet: whether visitors get no lines.
    :ivar log_file: where every line is kept too; nothing if not given.
    :ivar log_format: of the log file, otherwise of the console.
    :ivar has_console: whether ``dcc serve`` writes the lines; otherwise the log of twistd has them.
    :ivar out: for what is no event; nothing if there is no such output.
    """

    optParameters: ClassVar = [
        ["port", "p", str(limits.DEFAULT_PORT)],
        ["http"],
        ["pixelflut"],
        ["interface", "i"],
        ["canvas"],
        ["palette"],
        ["background"],
        ["store", None, DEFAULT_STORE],
        ["cluster"],
        ["cluster-credentials"],
        ["log-keep", None, str(DEFAULT_LOG_KEEP)],
        ["lang"],
        ["max-clients"],
        ["class"],
        ["entry"],
        ["cooldown"],
        ["charges"],
        ["addresses", None, ADDRESSES[0]],
        ["user-header"],
        ["pixel-rate", None, str(limits.CLIENT_PIXELS_A_SECOND)],
        ["byte-rate", None, str(limits.CLIENT_BYTES_A_SECOND)],
        ["address-clients", None, str(limits.ADDRESS_CLIENTS)],
        ["address-pixel-rate", None, str(limits.ADDRESS_PIXELS_A_SECOND)],
        ["address-byte-rate", None, str(limits.ADDRESS_BYTES_A_SECOND)],
        ["hello-timeout", None, f"{limits.HELLO_SECONDS:g}"],
        ["stall-timeout", None, f"{limits.STALL_SECONDS:g}"],
        ["log-file"],
        ["log-format", None, FORMATS[0]],
    ]
    optFlags: ClassVar = [["share"], ["single-client"], ["quiet", "q"]]

    endpoint: Endpoint
    web_endpoint: Endpoint | None
    pixelflut_endpoint: Endpoint | None
    is_web_required: bool
    is_shared: bool
    store: Store
    cluster: ClusterAddress | None
    cluster_credentials: Path | None
    log_keep: int
    size: Size | None
    colours: Palette | None
    ground: Colour | None
    is_quiet: bool
    log_file: Path | None
    log_format: Format
    has_console = False
    out: Out | None
    max_clients: int | None
    stall_seconds: float
    quotas: Quotas
    web: WebSettings
    entry: SetEntry | None
    cooldown_seconds: int | None
    charges: int | None
    addresses: Addresses
    class_file: Path | None
    class_names: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__()
        self._hosts: list[str] = []
        self._origins: list[Origin] = []
        self._embedders: list[Origin] = []
        self._proxies: list[TrustedProxy] = []
        self.out = sys.__stdout__

    def take_console(self, out: Out) -> None:
        """Have ``dcc serve`` write the lines."""
        self.has_console = True
        self.out = None if self.log_format == "json" and self.log_file is None else out

    def opt_host(self, text: str) -> None:
        """Add a name of this server."""
        self._hosts.append(_read("host", parse_name, text))

    def opt_origin(self, text: str) -> None:
        """Add a site whose pages may connect."""
        self._origins.append(_read("origin", parse_origin, text))

    def opt_embed(self, text: str) -> None:
        """Add a site whose pages may show ours."""
        self._embedders.append(_read("embed", parse_origin, text))

    def opt_trusted_proxy(self, text: str) -> None:
        """Add a proxy that is believed."""
        self._proxies.append(_read("trusted-proxy", parse_proxy, text))

    def opt_version(self) -> None:
        """Show the version and exit."""
        say(f"dcc {__version__}")
        sys.exit(0)

    def opt_help(self) -> None:
        """Show the help and exit."""
        say(str(self))
        sys.exit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Read a command line. A wrong one is one line and exit status 2, without the whole help."""
        words = list(sys.argv[1:] if options is None else options)
        try:
            try:
                speak_chosen(take_option(words)[0], without_language="es")
            except ValueError as error:
                raise usage.UsageError(str(error)) from None
            self._refuse_shortened(words)
            super().parseOptions(words)
        except usage.UsageError as error:
            reason = _reason(error.__context__) if isinstance(error.__context__, GetoptError) else str(error)
            print("dcc serve: " + _("{reason} (see dcc serve --help)").format(reason=reason), file=sys.stderr)
            sys.exit(_USAGE_STATUS)

    def _refuse_shortened(self, words: list[str]) -> None:
        """Refuse options that getopt would complete: ``--lang`` is read before the others, see
        :func:`dcc.language.take_option`, and the other commands take no shortened options either.
        """
        takes_value = {name.rstrip("="): name.endswith("=") for name in self.longOpt}
        coming = iter(words)
        for word in coming:
            if word == "--" or not word.startswith("-"):
                return  # no option follows
            if not word.startswith("--"):
                if self.shortOpt.partition(word[1:2])[2].startswith(":") and len(word) == 2:
                    next(coming, None)
                continue
            name, has_value, _value = word.removeprefix("--").partition("=")
            if name not in takes_value:
                raise usage.UsageError(_("there is no option {option}").format(option=f"--{name}"))
            if takes_value[name] and not has_value:
                next(coming, None)

    def parseArgs(self, *words: str) -> None:
        """Refuse arguments: there are none."""
        if words:
            raise usage.UsageError(_("unexpected argument {word}").format(word=clip(words[0])))

    def postOptions(self) -> None:
        """Check and convert every value.

        :raises twisted.python.usage.UsageError: a value is wrong.
        """
        self._convert_endpoints()
        self.size = self._size()
        self.colours = self._palette()
        self.ground = self._ground()
        try:
            self.store = parse_store(self["store"])
        except RecordError as error:
            raise usage.UsageError(f"--store {error}") from None
        self._convert_cluster()
        self.max_clients = None if self["max-clients"] is None else self._whole("max-clients", 1)
        if self["single-client"]:
            if self.max_clients not in (None, 1):
                raise usage.UsageError(_("--single-client contradicts --max-clients; leave one of them out"))
            self.max_clients = 1
        self._convert_people()
        self.is_quiet = bool(self["quiet"])
        self.log_file = None if self["log-file"] is None else Path(self["log-file"])
        self.log_format = self._one_of("log-format", FORMATS)
        self.stall_seconds = float(self._whole("stall-timeout", 1))
        self.quotas = Quotas(
            client_pixels=self._whole("pixel-rate", 0),
            client_bytes=self._whole("byte-rate", 0),
            address_clients=self._whole("address-clients", 0),
            address_pixels=self._whole("address-pixel-rate", 0),
            address_bytes=self._whole("address-byte-rate", 0),
            hello_seconds=self._whole("hello-timeout", 0),
        )
        self.web = WebSettings(
            hosts=self._hosts,
            origins=self._origins,
            embedders=self._embedders,
            proxies=TrustedProxies(self._proxies),
            user_header=self._user_header(),
            stall_seconds=self.stall_seconds,
        )

    def _convert_cluster(self) -> None:
        self.cluster, credentials = None, self["cluster-credentials"]
        self.cluster_credentials = None if credentials is None else Path(credentials)
        self.log_keep = self._whole("log-keep", 1)
        if self["cluster"] is None:
            if credentials is not None:
                raise usage.UsageError(_("--cluster-credentials is of no use without --cluster"))
            return
        try:
            self.cluster = ClusterAddress.parse(self["cluster"])
        except DccError as error:
            raise usage.UsageError(f"--cluster {error}") from None
        if self.store.path is None:
            raise usage.UsageError(_("--cluster needs a file for this server's copy: --store sqlite:PATH"))

    def _convert_people(self) -> None:
        self.entry = None if self["entry"] is None else self._entry(self["entry"])
        self.cooldown_seconds = None if self["cooldown"] is None else self._whole("cooldown", 0)
        self.charges = None if self["charges"] is None else self._whole("charges", 1)
        self.addresses = self._one_of("addresses", ADDRESSES)
        self.class_file, self.class_names = None, ()
        path = self["class"]
        if path is not None:
            self.class_file = Path(path)
            self.class_names = self._names(path)

    def _entry(self, text: str) -> SetEntry:
        kind, colon, code = text.partition(":")
        if kind == "code" and colon and is_name(code.strip()):
            return SetEntry(Entry.CODE, code.strip())
        if text in ("open", "keys"):
            return SetEntry(Entry.OPEN if text == "open" else Entry.KEYS)
        raise usage.UsageError(
            _("--entry {text}: expected open, keys, or code:WORD with a word of 1 to {most} characters").format(
                text=clip(text), most=limits.NAME_CHARACTERS
            )
        )

    def _names(self, path: str) -> tuple[str, ...]:
        try:
            names = tuple(load_names(path))
        except NamesError as error:
            raise usage.UsageError(f"--class {path}: {error}") from None
        is_new = self.store.path is None or not Path(self.store.path).exists()
        if is_new:  # a saved board is measured when it is read
            try:
                grid(names, Rectangle(0, 0, *(self.size or DEFAULT_SIZE)))
            except Refusal as refusal:
                raise usage.UsageError(f"--class {path}: {refusal} (--canvas)") from None
        return names

    def _user_header(self) -> str | None:
        header = self["user-header"]
        if header is None:
            return None
        if not self._proxies:
            raise usage.UsageError(
                _("--user-header needs --trusted-proxy: from anybody else the header proves nothing")
            )
        return _read("user-header", parse_header, header)

    def _convert_endpoints(self) -> None:
        self.is_shared = bool(self["share"]) or self["class"] is not None
        self.is_web_required = self["http"] is not None
        interface = self["interface"]
        if interface is None and self.is_shared:
            self["interface"] = EVERY_INTERFACE
        elif interface is not None and (not interface or re.search(r"\s", interface)):
            raise usage.UsageError(
                _("--interface {text}: expected an address of this machine; {every} lets other machines in").format(
                    text=clip(interface), every=EVERY_INTERFACE
                )
            )
        if self["http"] is None and self.is_shared:
            self["http"] = SHARED_WEB_PORT
        self.endpoint = self._endpoint("port")
        self.web_endpoint = None if self["http"] is None else self._endpoint("http")
        self.pixelflut_endpoint = None if self["pixelflut"] is None else self._endpoint("pixelflut")

    def _endpoint(self, name: str) -> Endpoint:
        try:
            return parse_endpoint(self[name], f"--{name}", self["interface"])
        except ValueError as error:
            raise usage.UsageError(f"--{name} {clip(self[name])}: {error}") from None

    def _size(self) -> Size | None:
        if self["canvas"] is None:
            return None
        size = Size(*(parse_size(self["canvas"]) or (0, 0)))
        if not 1 <= min(size) <= max(size) <= limits.CANVAS_SIDE_CELLS:
            raise usage.UsageError(
                _("--canvas {text}: expected WIDTHxHEIGHT such as 200x120, each from 1 to {most}").format(
                    text=clip(self["canvas"]), most=limits.CANVAS_SIDE_CELLS
                )
            )
        return size

    def _palette(self) -> Palette | None:
        path = self["palette"]
        if path is None:
            return None
        try:
            return load_palette(path)
        except PaletteError as error:
            raise usage.UsageError(f"--palette {path}: {error}") from None

    def _ground(self) -> Colour | None:
        text = self["background"]
        if text is None:
            return None
        palette = self.colours or AF06
        value = text if text.startswith("#") else f"#{text}"
        for colour in palette:
            if text in (colour.name, colour.shown_name) or value.lower() == colour.value.lower():
                return colour
        names = ", ".join(colour.shown_name for colour in palette.colours[:_COLOURS_LISTED])
        raise usage.UsageError(
            _("--background {text}: the palette has no such colour; it has {names}").format(
                text=clip(text), names=names + (", …" if len(palette) > _COLOURS_LISTED else "")
            )
        )

    def _one_of(self, name: str, words: tuple[_Word, ...]) -> _Word:
        for word in words:
            if self[name] == word:
                return word
        *others, last = words
        raise usage.UsageError(
            _("--{name} {text}: expected {words}").format(
                name=name,
                text=clip(self[name]),
                words=_("{one} or {other}").format(one=", ".join(others), other=last),
            )
        )

    def _whole(self, name: str, least: int) -> int:
        number = whole_number(self[name], least, LARGEST_NUMBER)
        if number is None:
            raise usage.UsageError(
                _("--{name} {text}: expected a whole number from {least} to {most}").format(
                    name=name, text=clip(self[name]), least=least, most=LARGEST_NUMBER
                )
            )
        return number

    # --- help ------------------------------------------------------------------------------------

    def getSynopsis(self) -> str:
        """Say how the program is called, under both of its names."""
        return _("Usage: dcc serve [options]   (or: twistd -n dcc [options])")

    def getUsage(self, width: int | None = None) -> str:
        """Show the options in groups."""
        width = min(width or shutil.get_terminal_size().columns, _WIDEST_HELP)
        paragraphs = [
            textwrap.fill(
                _("Host a shared pixel canvas. Anybody who can connect can paint, unless --entry or --class is given."),
                width,
            ),
            *(f"{title}:\n" + "\n".join(self._show(each, width) for each in group) for title, group in option_groups()),
            textwrap.fill(
                _("Example: dcc serve --share lets the whole room in, and prints the link to hand out."), width
            ),
        ]
        return "\n" + "\n\n".join(paragraphs) + "\n"

    def _show(self, option: OptionHelp, width: int) -> str:
        short = next((key for key, name in self.synonyms.items() if name == option.name and len(key) == 1), "")
        left = " " * _OPTION_COLUMN + (f"-{short}, " if short else "") + f"--{option.name}"
        left += f"={option.value}" if option.value else ""
        room = max(width - _HELP_COLUMN, _NARROWEST_HELP)

        def keep_together(match: re.Match[str]) -> str:
            return match[0].replace(" ", _NO_BREAK) if len(match[0]) <= room else match[0]

        lines = textwrap.wrap(_IN_BRACKETS.sub(keep_together, option.text), room, break_on_hyphens=False)
        lines = [line.replace(_NO_BREAK, " ") for line in lines]
        head = f"{left:<{_HELP_COLUMN}}" if len(left) < _HELP_COLUMN - 1 else f"{left}\n{'':{_HELP_COLUMN}}"
        return head + f"\n{'':{_HELP_COLUMN}}".join(lines)


def option_groups() -> list[tuple[str, list[OptionHelp]]]:
    """Return the title and the options of each group of the help, in the language of this process."""
    default = _("[default: {value}]")
    no_limit = _("0: no limit")

    def number(name: str, value: str, text: str, initial: float, *notes: str) -> OptionHelp:
        return OptionHelp(name, value, "; ".join((text, *notes)) + " " + default.format(value=int(initial)))

    side = limits.CANVAS_SIDE_CELLS
    seconds, count, port, file = _("SECONDS"), _("NUMBER"), _("PORT"), _("FILE")
    return [
        (
            _("Sharing"),
            [
                OptionHelp(
                    "share",
                    "",
                    _(
                        "let other machines in, with the page for browsers on port {port}, and print the link for them"
                    ).format(port=SHARED_WEB_PORT),
                ),
                OptionHelp(
                    "interface",
                    _("ADDRESS"),
                    _("address to listen on; 0.0.0.0 lets other machines in")
                    + " "
                    + default.format(value=_("this machine alone, or {every} with --share")).format(
                        every=EVERY_INTERFACE
                    ),
                ),
                OptionHelp(
                    "port",
                    port,
                    _("TCP port from 0 to 65535 (0: any free one), or a Twisted endpoint such as unix:/run/dcc.sock")
                    + " "
                    + default.format(value=limits.DEFAULT_PORT),
                ),
                OptionHelp(
                    "http",
                    port,
                    _("port for browsers, or a Twisted endpoint; needs the extra web")
                    + " "
                    + default.format(value=_("none, or {port} with --share").format(port=SHARED_WEB_PORT)),
                ),
                OptionHelp(
                    "pixelflut",
                    port,
                    _(
                        "port for Pixelflut clients, such as 1234, or a Twisted endpoint: they paint with lines "
                        "PX x y rrggbb, under the same rules as everybody"
                    )
                    + " "
                    + default.format(value=_("none")),
                ),
            ],
        ),
        (
            _("Names and proxies (each may be repeated)"),
            [
                OptionHelp(
                    "host",
                    _("NAME"),
                    _(
                        "name that browsers reach this server by, such as canvas.example.org; addresses, localhost and "
                        "the name of this machine are known"
                    ),
                ),
                OptionHelp(
                    "trusted-proxy",
                    _("NETWORK"),
                    _(
                        "believe the X-Forwarded-For and Forwarded of a proxy at this address, in this network such as "
                        "10.0.0.0/8, or on a Unix socket (unix), so that limits apply per visitor"
                    ),
                ),
                OptionHelp("origin", "URL", _("let the pages of another site connect, such as https://example.org")),
                OptionHelp("embed", "URL", _("let the pages of another site show this page in a frame")),
            ],
        ),
        (
            _("Board"),
            [
                OptionHelp(
                    "canvas",
                    _("WIDTHxHEIGHT"),
                    _(
                        "size of a new board in cells, from 1x1 to {most}; a saved board keeps its own size. AF06 "
                        "programs cannot join boards above {cells} cells"
                    ).format(most=f"{side}x{side}", cells=limits.VERSION_1_CELLS)
                    + " "
                    + default.format(value=f"{DEFAULT_SIZE.width}x{DEFAULT_SIZE.height}"),
                ),
                OptionHelp(
                    "palette",
                    file,
                    _(
                        "file with 1 to {most} colours of a new board: a palette as drawing programs save it (.gpl, "
                        ".pal, .txt, .hex, .ase, .act), a PNG picture of one pixel a colour, or a line such as "
                        "#ff8800 for each; a saved board keeps its own colours"
                    ).format(most=limits.PALETTE_COLOURS)
                    + " "
                    + default.format(value=_("the 8 colours of AF06")),
                ),
                OptionHelp(
                    "background",
                    _("COLOUR"),
                    _(
                        "colour that fills a new board: a colour of the palette by name, or as #rrggbb; a saved board "
                        "keeps its own"
                    )
                    + " "
                    + default.format(value=_("the first colour of the palette")),
                ),
                OptionHelp(
                    "store",
                    _("STORE"),
                    _("where the board is saved: sqlite:PATH, a PATH alone, or memory: to forget the board at the end")
                    + " "
                    + default.format(value=DEFAULT_STORE),
                ),
            ],
        ),
        (
            _("Several servers"),
            [
                OptionHelp(
                    "cluster",
                    "URL",
                    _(
                        "share the canvas with other servers, through NATS JetStream: nats://HOST[:PORT][,HOST…]/NAME, "
                        "or tls://…. The file of --store is this server's copy. Needs the extra cluster"
                    ),
                ),
                OptionHelp("cluster-credentials", file, _("file with the credentials for NATS")),
                number(
                    "log-keep",
                    count,
                    _("entries that the common log keeps at least; a server that lacks more fetches a whole copy"),
                    DEFAULT_LOG_KEEP,
                ),
            ],
        ),
        (
            _("People"),
            [
                OptionHelp(
                    "class",
                    file,
                    _(
                        "hold a lesson: FILE has a name on each line. At the first start each name gets a key and an "
                        "area of its own, the sheet to print is written beside FILE, and only people with a key "
                        "paint. Names that are added to FILE get theirs at the next start, with a sheet of their own; "
                        "nothing else changes. Implies --share"
                    ),
                ),
                OptionHelp(
                    "entry",
                    _("ENTRY"),
                    _(
                        "who may paint: open lets everybody paint; code:WORD those who say the word; keys those with a "
                        "key. Everybody else watches"
                    )
                    + " "
                    + default.format(value=_("as recorded, at first {first}").format(first="open")),
                ),
                OptionHelp(
                    "cooldown",
                    seconds,
                    _("seconds from one pixel of a person to the next, over all connections")
                    + " "
                    + default.format(value=_("as recorded, at first {first}").format(first=0)),
                ),
                OptionHelp(
                    "charges",
                    count,
                    _("with a cooldown, how many pixels a person can gather, from 1 up")
                    + " "
                    + default.format(value=_("as recorded, at first {first}").format(first=1)),
                ),
                OptionHelp(
                    "addresses",
                    _("WHAT"),
                    _(
                        "what to record of the address of a painter: keep records it, hash records what only tells "
                        "whether two are the same, none records nothing"
                    )
                    + " "
                    + default.format(value=ADDRESSES[0]),
                ),
                OptionHelp(
                    "user-header",
                    _("HEADER"),
                    _(
                        "header in which a trusted proxy, which signs people in, sends their names, such as "
                        "X-Forwarded-User; needs --trusted-proxy"
                    ),
                ),
            ],
        ),
        (
            _("Limits"),
            [
                OptionHelp(
                    "max-clients",
                    count,
                    _("most clients at a time, from 1 up") + " " + default.format(value=_("no limit")),
                ),
                OptionHelp("single-client", "", _("one client at a time, as in the first part of AF06")),
                number(
                    "pixel-rate",
                    count,
                    _("pixels per second per person; short bursts of up to {times} times are allowed").format(
                        times=BURST_SECONDS
                    ),
                    limits.CLIENT_PIXELS_A_SECOND,
                    no_limit,
                ),
                number(
                    "byte-rate",
                    count,
                    _("bytes per second read from each client; short bursts of up to {times} times are allowed").format(
                        times=BURST_SECONDS
                    ),
                    limits.CLIENT_BYTES_A_SECOND,
                    no_limit,
                ),
                number(
                    "address-clients",
                    count,
                    _("most connections from one address"),
                    limits.ADDRESS_CLIENTS,
                    no_limit,
                ),
                number(
                    "address-pixel-rate",
                    count,
                    _("like --pixel-rate, for everybody from one address together"),
                    limits.ADDRESS_PIXELS_A_SECOND,
                    no_limit,
                ),
                number(
                    "address-byte-rate",
                    count,
                    _("like --byte-rate, for everybody from one address together"),
                    limits.ADDRESS_BYTES_A_SECOND,
                    no_limit,
                ),
            ],
        ),
        (
            _("Log"),
            [
                OptionHelp("quiet", "", _("no lines about visitors who come and go; warnings stay")),
                OptionHelp("log-file", file, _("write each line to a file too, with date and time")),
                OptionHelp(
                    "log-format",
                    _("FORMAT"),
                    _("text, or json for programs: of the log file if there is one, otherwise of the console")
                    + " "
                    + default.format(value=FORMATS[0]),
                ),
            ],
        ),
        (
            _("Advanced"),
            [
                number(
                    "hello-timeout",
                    seconds,
                    _("drop a connection that stays silent this long after connecting"),
                    limits.HELLO_SECONDS,
                    _("0: never"),
                ),
                number(
                    "stall-timeout",
                    seconds,
                    _("drop a client that stops receiving for this long, from 1 up"),
                    limits.STALL_SECONDS,
                ),
                OptionHelp(
                    "lang",
                    _("LANGUAGE"),
                    _("language: es or en") + " " + default.format(value=_("that of DCC_LANG, or the locale's")),
                ),
                OptionHelp("version", "", _("show the version and exit")),
                OptionHelp("help", "", _("show this help and exit")),
            ],
        ),
    ]


def _read(option: str, parse: Callable[[str], _Value], text: str) -> _Value:
    try:
        return parse(text)
    except ValueError as error:
        raise usage.UsageError(f"--{option} {error}") from None


def _reason(error: GetoptError) -> str:
    """Say in the language of this process why getopt cannot read a command line."""
    option = error.msg.split()[1]  # with its hyphens, which ``error.opt`` lacks
    if "requires argument" in error.msg:
        return _("{option} needs a value").format(option=option)
    if "must not have an argument" in error.msg:
        return _("{option} takes no value").format(option=option)
    return _("there is no option {option}").format(option=option)
