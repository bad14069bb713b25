"""``dcc moderate``: everything that moderators and owners do, from a shell.

1. An action is told with its number, and with the way to undo it. Nothing that can be undone is asked about.
2. A roll back shows a preview first, and asks.
"""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network

from dcc import limits, reasons
from dcc.commands.arguments import (
    number_from,
    number_up_to,
    parse_area,
    parse_cell,
    parse_end,
    parse_name,
    parse_person,
    parse_png,
    parse_size,
    parse_time,
    read_names_file,
    times_help,
    typed,
)
from dcc.commands.asking import confirm
from dcc.commands.authority import Authority, add_authority_options, authority, do
from dcc.commands.parser import UsageError
from dcc.commands.subcommands import Subcommand
from dcc.core.actions import (
    Action,
    AddAreas,
    AddGrid,
    Allowed,
    Announce,
    Area,
    Ban,
    Choice,
    Clear,
    Entry,
    Freeze,
    Group,
    NameMoment,
    Rectangle,
    RemoveAreas,
    RollBack,
    SetCooldown,
    SetEntry,
    SetRest,
    Thaw,
    Unban,
)
from dcc.core.canvas import PIXEL_BYTES
from dcc.core.people import OPERATOR
from dcc.errors import DccError, Refusal
from dcc.language import N_, _, ngettext, number
from dcc.protocol.messages import Guest, People, Preview
from dcc.stdout import say, say_printable
from dcc.telling import tell_role
from dcc.times import show_time
from dcc.wording import clip

_LARGEST_NUMBER = 999_999_999
"""The largest number that a command line takes: thirty years of seconds."""


@dataclass(frozen=True)
class _Simple:
    """A command that does one action.

    :ivar action: makes the action of the command line.
    :ivar undo: the command that undoes it, without ``dcc moderate``; empty if there is none.
    """

    action: Callable[[Namespace], Action]
    undo: Callable[[Namespace], str] = lambda _arguments: ""

    def run(self, arguments: Namespace) -> int:
        """See :class:`.Subcommand`."""
        with authority(arguments) as host:
            _do(host, self.action(arguments), self.undo(arguments))
        return 0


def _do(host: Authority, action: Action, undo: str = "") -> None:
    do(host, action, f"dcc moderate {undo}" if undo else "")


# --- arguments -----------------------------------------------------------------------------------

_GROUPS = {"everybody": Group.EVERYBODY, "moderators": Group.MODERATORS, "nobody": Group.NOBODY}


def _allowed(words: list[str]) -> Allowed:
    """:raises DccError: a group stands beside names."""
    if len(words) == 1 and words[0] in _GROUPS:
        return _GROUPS[words[0]]
    if mixed := [word for word in words if word in _GROUPS]:
        raise UsageError(_("{word} stands alone, without names").format(word=clip(mixed[0])))
    return tuple(dict.fromkeys(words))


def _text(text: str) -> str:
    if not text.isprintable() or len(text) > limits.ANNOUNCEMENT_CHARACTERS:
        raise DccError(
            _("{text}: expected one line of at most {most} characters").format(
                text=clip(text), most=limits.ANNOUNCEMENT_CHARACTERS
            )
        )
    return text


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise DccError(reasons.NO_NETWORK, direccion=clip(text)) from None


def _target(text: str) -> tuple[str, str]:
    """Read a name, or an address or a network.

    :return: the name or an empty text, the network or an empty text.
    """
    try:
        return "", _network(text)
    except DccError:
        return parse_person(text), ""


def _add_nothing(parser: ArgumentParser) -> None:
    add_authority_options(parser)


def _add_place_option(parser: ArgumentParser, text: str) -> None:
    parser.add_argument("--area", type=typed(parse_area), metavar=_("X,Y,WxH"), help=text)


def _add_target(parser: ArgumentParser) -> None:
    parser.add_argument(
        "target",
        type=typed(_target),
        metavar=_("NAME|ADDRESS"),
        help=_("the name of a key, or an address or network such as 192.0.2.7 or 192.0.2.0/24"),
    )


# --- areas ---------------------------------------------------------------------------------------


def _add_area_add(parser: ArgumentParser) -> None:
    parser.add_argument("name", type=typed(parse_name), metavar=_("NAME"), help=_("the name of the area"))
    parser.add_argument("cell", type=typed(parse_cell), metavar="X,Y", help=_("its upper left cell, such as 10,5"))
    parser.add_argument(
        "size", type=typed(parse_size), metavar=_("WIDTHxHEIGHT"), help=_("its size in cells, such as 64x48")
    )
    parser.add_argument(
        "--for",
        dest="who",
        action="append",
        type=typed(parse_name),
        metavar=_("WHO"),
        help=_("who may paint there: a name, may be given again; or everybody, moderators or nobody [everybody]"),
    )
    add_authority_options(parser)


def _area(arguments: Namespace) -> Action:
    place = Rectangle(*arguments.cell, *arguments.size)
    return AddAreas((Area(arguments.name, place, _allowed(arguments.who or ["everybody"])),))


def _add_area_grid(parser: ArgumentParser) -> None:
    parser.description = _(
        "Divide the board, or a part of it, into equal areas, one for each name of a file, row by row. Each person may "
        "paint in the own area; dcc moderate area rest says who may paint outside of the areas."
    )
    parser.add_argument(
        "names", type=typed(read_names_file), metavar=_("FILE"), help=_("a file with a name on each line")
    )
    _add_place_option(parser, _("the part to divide: column, row and size in cells [the whole board]"))
    add_authority_options(parser)


def _add_area_remove(parser: ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", type=typed(parse_name), metavar=_("NAME"), help=_("the areas to remove"))
    parser.add_argument("--all", action="store_true", help=_("remove every area; asks first"))
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    add_authority_options(parser)


def _run_area_remove(arguments: Namespace) -> int:
    if bool(arguments.names) == arguments.all:
        raise UsageError(_("which areas? Give their names, or --all"))
    with authority(arguments) as host:
        if arguments.all:
            confirm(_("Every area goes, and nothing brings them back. Go on?"), is_agreed=arguments.yes)
        _do(host, RemoveAreas(tuple(arguments.names)))
    return 0


def _add_area_rest(parser: ArgumentParser) -> None:
    parser.add_argument(
        "who",
        nargs="+",
        type=typed(parse_name),
        metavar=_("WHO"),
        help=_("who may paint outside of the areas: everybody, moderators, nobody, or names"),
    )
    add_authority_options(parser)


# --- bans ----------------------------------------------------------------------------------------


def _add_ban(parser: ArgumentParser) -> None:
    parser.description = _(
        "Ban somebody from painting. A name is banned as the key proves it; an address bans everybody from there who "
        "has no key, and of IPv6 always a network of 64 bits."
    )
    _add_target(parser)
    parser.add_argument("--from-connecting", action="store_true", help=_("also from connecting"))
    parser.add_argument(
        "--until", type=typed(parse_end), metavar=_("TIME"), help=_("until when: 2h from now, a day, a time [for ever]")
    )
    parser.add_argument(
        "--why", type=typed(_text), default="", metavar=_("TEXT"), help=_("told to the banned and kept in the log")
    )
    add_authority_options(parser)


def _ban(arguments: Namespace) -> Action:
    name, network = arguments.target
    why = arguments.why.strip() or _("a moderator decided so")
    return Ban(name, network, why, arguments.from_connecting, arguments.until)


def _add_unban(parser: ArgumentParser) -> None:
    _add_target(parser)
    add_authority_options(parser)


def _unban(arguments: Namespace) -> Action:
    return Unban(*arguments.target)


def _target_word(arguments: Namespace) -> str:
    name, network = arguments.target
    return shlex.quote(name or network.removesuffix("/32").removesuffix("/128"))


# --- everybody -----------------------------------------------------------------------------------


def _add_announce(parser: ArgumentParser) -> None:
    parser.add_argument(
        "text", type=typed(_text), metavar=_("TEXT"), help=_("one line for everybody; '' takes the last one away")
    )
    add_authority_options(parser)


def _add_moment(parser: ArgumentParser) -> None:
    parser.description = _(
        "Give the board as of now a name. Wherever a command takes a time of the history, @NAME is this moment: "
        "dcc export then.png --at '@Lesson 3'."
    )
    parser.add_argument("name", type=typed(parse_name), metavar=_("NAME"), help=_("a name that no other moment has"))
    add_authority_options(parser)


def _add_code(parser: ArgumentParser) -> None:
    parser.add_argument("code", type=typed(parse_name), metavar=_("WORD"), help=_("the word that the room is told"))
    add_authority_options(parser)


def _add_cooldown(parser: ArgumentParser) -> None:
    parser.add_argument(
        "seconds",
        type=number_from(0, _LARGEST_NUMBER),
        metavar=_("SECONDS"),
        help=_("from one pixel of a painter to the next; 0 for no pause"),
    )
    parser.add_argument(
        "--charges",
        type=number_up_to(limits.REQUEST_PIXELS),
        default=1,
        metavar="N",
        help=_("how many pixels a painter can gather [{default}]").format(default=1),
    )
    add_authority_options(parser)


# --- roll back and clear -------------------------------------------------------------------------


def _add_clear(parser: ArgumentParser) -> None:
    parser.description = _(
        "Paint the board, or a part of it, in the colour of the blank board. The history keeps what was there."
    )
    _add_place_option(parser, _("a part of the board: column, row and size in cells [the whole board]"))
    add_authority_options(parser)


def _add_rollback(parser: ArgumentParser) -> None:
    parser.description = _(
        "Take chosen placements back: each cell whose last placement is chosen gets the colour from before. A cell "
        "that somebody else has painted since stays as it is. Says first what would change, and asks. Of the options, "
        "the first four choose painters, and the others where and when; at least one is needed."
    )
    for option, kind, value, text in (
        ("--name", parse_person, _("NAME"), _("by people with these keys")),
        ("--address", _network, _("ADDRESS"), _("by people from these addresses or networks")),
        ("--at", parse_cell, "X,Y", _("by who painted this cell last")),
    ):
        parser.add_argument(
            option,
            dest=f"by_{option.lstrip('-')}",
            nargs="+",
            action="extend",
            type=typed(kind),
            default=[],
            metavar=value,
            help=text,
        )
    parser.add_argument(
        "--action", type=number_up_to(_LARGEST_NUMBER), metavar="N", help=_("by this action (see dcc log)")
    )
    _add_place_option(parser, _("only there: column, row and size in cells"))
    times = times_help()
    parser.add_argument(
        "--since", type=typed(parse_time), metavar=_("TIME"), help=_("only from then on: {times}").format(times=times)
    )
    parser.add_argument("--until", type=typed(parse_time), metavar=_("TIME"), help=_("only until then"))
    parser.add_argument(
        "--preview",
        type=typed(parse_png),
        metavar="OUT.png",
        help=_("write the board as it would be, before the question"),
    )
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    add_authority_options(parser)


def _run_rollback(arguments: Namespace) -> int:
    chosen = arguments.by_name, arguments.by_address, arguments.by_at, arguments.action, arguments.area
    if not any((*chosen, arguments.since, arguments.until)):
        raise UsageError(reasons.NOTHING_CHOSEN)
    with authority(arguments) as host:
        choice = _choice(arguments, host)
        preview = host.preview(choice)
        cells = len(preview.pixels) // PIXEL_BYTES
        if arguments.preview is not None:
            _save_preview(host, preview, arguments.preview)
        if not cells:
            raise Refusal(reasons.NOTHING_TO_PAINT)
        placed = ngettext("{count} placement is chosen", "{count} placements are chosen", preview.placements)
        painted = ngettext("{count} cell would be painted", "{count} cells would be painted", cells)
        say(f"{placed.format(count=number(preview.placements))}; {painted.format(count=number(cells))}")
        confirm(_("Roll back?"), is_agreed=arguments.yes)
        _do(host, RollBack(choice))
    return 0


def _choice(arguments: Namespace, host: Authority) -> Choice:
    """:raises DccError: a cell was never painted, or there is no moment of a name."""
    sequences = []
    for column, row in arguments.by_at:
        sequence = host.painter_of(column, row)
        if sequence is None:
            raise DccError(_("nobody has painted column {column}, row {row}").format(column=column, row=row))
        sequences.append(sequence)
    since, until = arguments.since, arguments.until
    return Choice(
        tuple(arguments.by_name),
        tuple(arguments.by_address),
        tuple(sequences),
        arguments.action,
        arguments.area,
        None if since is None else since.find_ms(host.log()),
        None if until is None else until.find_ms(host.log()),
    )


def _save_preview(host: Authority, preview: Preview, path: str) -> None:
    """:raises DccError: the packages for pictures are missing, or the file cannot be written."""
    try:
        from dcc.images.files import board_image, save_png
    except ImportError as error:
        raise DccError(
            _("--preview needs packages that are missing ({name}): pip install 'drawcolorcanvas[images]'").format(
                name=error.name
            )
        ) from None
    board = host.board()
    board.apply(preview.pixels)
    save_png(board_image(board), path)


# --- who -----------------------------------------------------------------------------------------


def _run_who(arguments: Namespace) -> int:
    with authority(arguments) as host:
        if host.address is None:
            raise DccError(_("nobody is here: no server runs on {record}").format(record=arguments.store))
        say_printable(*_people(host.people()))
    return 0


def _people(people: People) -> Iterator[str]:
    guests = [guest for guest in people.guests if not (guest.is_proven and guest.name == OPERATOR)]  # this command
    yield ngettext("{count} is here", "{count} are here", len(guests)).format(count=number(len(guests)))
    for guest in guests:
        yield f"  {guest.client_id:>6}  {_shown(guest)}, {tell_role(guest.role)}, {guest.address or 'unix:'}"
    if people.code:
        yield _("the code of the room is {code}").format(code=people.code)
    if people.bans:
        yield _("banned")
    for ban in people.bans:
        what = _("from connecting") if ban.from_connecting else _("from painting")
        until = "" if ban.until_ms is None else " " + _("until {time}").format(time=show_time(ban.until_ms))
        yield f"  {clip(ban.name or ban.network)} {what}{until}: {ban.why}"
    if people.guesses:
        yield _("wrong keys and codes")
    for address, times in people.guesses:
        yield f"  {number(times):>6}  {address}"


def _shown(guest: Guest) -> str:
    if guest.is_proven:
        return guest.name
    return _("{name} (unproven)").format(name=clip(guest.name)) if guest.name else _("without a name")


# --- the commands --------------------------------------------------------------------------------


def _simple(
    name: str,
    summary: str,
    example: str,
    action: Callable[[Namespace], Action],
    add_arguments: Callable[[ArgumentParser], None] = _add_nothing,
    undo: Callable[[Namespace], str] = lambda _arguments: "",
) -> Subcommand:
    return Subcommand(name, summary, f"dcc moderate {example}", add_arguments, _Simple(action, undo).run)


SUBCOMMANDS = (
    Subcommand(
        "who", N_("list who is here, who is banned, and who guessed keys"), "dcc moderate who", _add_nothing, _run_who
    ),
    _simple(
        "freeze", N_("let only moderators paint"), "freeze", lambda _arguments: Freeze(), undo=lambda _arguments: "thaw"
    ),
    _simple("thaw", N_("end a freeze"), "thaw", lambda _arguments: Thaw(), undo=lambda _arguments: "freeze"),
    _simple(
        "announce",
        N_("show everybody a line"),
        "announce 'Ten minutes left'",
        lambda arguments: Announce(arguments.text.strip()),
        _add_announce,
        undo=lambda arguments: "announce ''" if arguments.text.strip() else "",
    ),
    _simple(
        "moment",
        N_("give the board as of now a name"),
        "moment 'Lesson 3'",
        lambda arguments: NameMoment(arguments.name),
        _add_moment,
    ),
    _simple(
        "ban",
        N_("keep somebody from painting, or from connecting"),
        "ban 192.0.2.7 --until 2h --why vandalism",
        _ban,
        _add_ban,
        undo=lambda arguments: f"unban {_target_word(arguments)}",
    ),
    _simple("unban", N_("end a ban"), "unban 192.0.2.7", _unban, _add_unban),
    Subcommand(
        "rollback",
        N_("take placements back"),
        "dcc moderate rollback --name Luis --since 2h",
        _add_rollback,
        _run_rollback,
    ),
    _simple(
        "clear",
        N_("blank the board, or a part of it"),
        "clear --area 10,5,64x48",
        lambda arguments: Clear(arguments.area),
        _add_clear,
    ),
    _simple(
        "area add",
        N_("make an area, and say who may paint there"),
        "area add garden 10,5 64x48 --for Ana --for Luis",
        _area,
        _add_area_add,
        undo=lambda arguments: f"area remove {shlex.quote(arguments.name)}",
    ),
    _simple(
        "area grid",
        N_("make an area for each name of a file"),
        "area grid class.txt",
        lambda arguments: AddGrid(tuple(arguments.names), arguments.area),
        _add_area_grid,
        undo=lambda arguments: f"area remove {shlex.join(arguments.names)}",
    ),
    Subcommand(
        "area remove",
        N_("remove areas"),
        "dcc moderate area remove garden",
        _add_area_remove,
        _run_area_remove,
    ),
    _simple(
        "area rest",
        N_("say who may paint outside of the areas"),
        "area rest moderators",
        lambda arguments: SetRest(_allowed(arguments.who)),
        _add_area_rest,
    ),
    _simple(
        "entry open", N_("let everybody paint who connects"), "entry open", lambda _arguments: SetEntry(Entry.OPEN)
    ),
    _simple(
        "entry code",
        N_("let those paint who know a word"),
        "entry code tulip",
        lambda arguments: SetEntry(Entry.CODE, arguments.code),
        _add_code,
    ),
    _simple(
        "entry keys", N_("let only people with a key paint"), "entry keys", lambda _arguments: SetEntry(Entry.KEYS)
    ),
    _simple(
        "cooldown",
        N_("set the pause between two pixels of a painter"),
        "cooldown 30 --charges 10",
        lambda arguments: SetCooldown(arguments.seconds, arguments.charges),
        _add_cooldown,
    ),
)
