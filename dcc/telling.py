"""Recorded actions in words, for lists that people read: what somebody did, in one line."""

from __future__ import annotations

from dcc.core.actions import (
    Action,
    AddAreas,
    AddGrid,
    AddKey,
    AddTemplate,
    Allowed,
    Announce,
    Ban,
    Choice,
    Clear,
    Entry,
    Freeze,
    Group,
    LogEntry,
    NameMoment,
    Rectangle,
    RemoveAreas,
    RemoveTemplate,
    RevokeKey,
    RollBack,
    SetCooldown,
    SetEntry,
    SetRest,
    Thaw,
    Unban,
)
from dcc.core.people import Role
from dcc.language import _, ngettext, number
from dcc.times import show_time
from dcc.wording import clip

_NAMES_SHOWN = 5
"""Names in a line: a class has 40."""


def tell_action(entry: LogEntry) -> str:
    """Return what somebody did, to follow the name: ``froze the board``."""
    told = _tell(entry.action)
    if isinstance(entry.action, RollBack | Clear):
        cells = ngettext("{count} cell", "{count} cells", entry.cells).format(count=number(entry.cells))
        return f"{told} ({cells})"
    return told


def _tell(action: Action) -> str:
    match action:
        case Freeze():
            return _("froze the board")
        case Thaw():
            return _("thawed the board")
        case AddAreas(areas=[area]):
            return _("made the area {name} at {place}; there {who}").format(
                name=clip(area.name), place=tell_place(area.place), who=tell_allowed(area.allowed)
            )
        case AddAreas():
            return _made_areas([area.name for area in action.areas])
        case AddGrid():
            return _made_areas(action.names)
        case RemoveAreas(names=()):
            return _("removed all areas")
        case RemoveAreas():
            count = len(action.names)
            text = ngettext("removed the area {names}", "removed {count} areas: {names}", count)
            return text.format(count=number(count), names=_names(action.names))
        case SetRest():
            return _("decided that outside of the areas {who}").format(who=tell_allowed(action.allowed))
        case Ban():
            return _tell_ban(action)
        case Unban():
            return _("ended the ban of {who}").format(who=clip(action.name or action.network))
        case Announce(text=""):
            return _("took the announcement away")
        case Announce():
            return _("announced: {text}").format(text=action.text)
        case NameMoment():
            return _("named the moment {name}").format(name=clip(action.name))
        case AddTemplate():
            return _("published the template {name} at {place}").format(
                name=clip(action.name), place=tell_place(action.place)
            )
        case RemoveTemplate():
            return _("removed the template {name}").format(name=clip(action.name))
        case SetEntry():
            return _tell_entry(action)
        case SetCooldown(seconds=0):
            return _("took the pause between pixels away")
        case SetCooldown():
            told = _("set a pause of {seconds} s between pixels").format(seconds=number(action.seconds))
            if action.charges > 1:
                told += _("; up to {count} pixels gather").format(count=number(action.charges))
            return told
        case AddKey():
            given = _("gave {name} a key: {role}").format(name=clip(action.name), role=tell_role(action.role))
            return given + _until(action.until_ms)
        case RevokeKey():
            return _("took back the key of {name}").format(name=clip(action.name))
        case RollBack():
            return _("rolled back what was painted {choice}").format(choice=tell_choice(action.choice))
        case Clear(place=None):
            return _("cleared the board")
        case Clear(place=Rectangle() as place):
            return _("cleared {place}").format(place=tell_place(place))
        case _:  # no action is left; for mypy
            raise TypeError(action)


def _tell_ban(ban: Ban) -> str:
    told = _("banned {who} from connecting") if ban.from_connecting else _("banned {who} from painting")
    told = told.format(who=clip(ban.name or ban.network)) + _until(ban.until_ms)
    return f"{told}: {ban.why}" if ban.why else told


def _tell_entry(action: SetEntry) -> str:
    match action.entry:
        case Entry.OPEN:
            return _("opened painting to everybody")
        case Entry.CODE:
            return _("opened painting to those who say the code {code}").format(code=clip(action.code))
        case Entry.KEYS:
            return _("opened painting to people with a key alone")


def tell_allowed(allowed: Allowed) -> str:
    """Return who may paint somewhere, as a sentence without its beginning: ``everybody may paint``."""
    match allowed:
        case Group.EVERYBODY:
            return _("everybody may paint")
        case Group.MODERATORS:
            return _("only moderators may paint")
        case Group.NOBODY | ():
            return _("nobody may paint")
        case names:
            return _("only {names} may paint").format(names=_names(names))


def tell_role(role: Role) -> str:
    """Return what somebody with a role does."""
    return {Role.WATCH: _("watches"), Role.PAINT: _("paints"), Role.MODERATE: _("moderates"), Role.OWN: _("owns")}[role]


def tell_place(place: Rectangle) -> str:
    """Return a part of the board as it is typed: ``10,5,64x48``."""
    return f"{place.column},{place.row},{place.width}x{place.height}"


def tell_choice(choice: Choice) -> str:
    """Return which placements are chosen, as the end of a sentence: ``by 'Ana' in 10,5,64x48``."""
    parts = []
    if choice.names:
        parts.append(_("by {names}").format(names=_names(choice.names)))
    if choice.networks:
        parts.append(_("from {addresses}").format(addresses=_names(choice.networks)))
    if choice.connections_of:
        numbers = ", ".join(map(number, choice.connections_of[:_NAMES_SHOWN]))
        parts.append(_("by who made the placements {numbers}").format(numbers=numbers))
    if choice.action is not None:
        parts.append(_("by action {number}").format(number=choice.action))
    if choice.place is not None:
        parts.append(_("in {place}").format(place=tell_place(choice.place)))
    if choice.since_ms is not None:
        parts.append(_("since {time}").format(time=show_time(choice.since_ms)))
    if choice.until_ms is not None:
        parts.append(_("until {time}").format(time=show_time(choice.until_ms)))
    return " ".join(parts)


def _until(time_ms: int | None) -> str:
    return "" if time_ms is None else " " + _("until {time}").format(time=show_time(time_ms))


def _made_areas(names: tuple[str, ...] | list[str]) -> str:
    count = len(names)
    text = ngettext("made {count} area: {names}", "made {count} areas: {names}", count)
    return text.format(count=number(count), names=_names(names))


def _names(names: tuple[str, ...] | list[str]) -> str:
    more = ["…"] if len(names) > _NAMES_SHOWN else []
    return ", ".join([*map(clip, names[:_NAMES_SHOWN]), *more])
