"""Actions: what changes what people may do, and what moderators do to the board.

An action has one spelling, a JSON object, on the wire and in the record: :func:`write` and :func:`read`. Its keys and
values are Spanish, as all words of the protocol; ``docs/protocol.md`` lists them. Reading checks types and ranges of an
action by itself; :mod:`dcc.board.rules` checks it against the board and the person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple

from dcc import limits, reasons
from dcc.core import templates
from dcc.core.people import Role, is_digest, is_name
from dcc.core.placements import LATEST_MS, Painter
from dcc.core.templates import TemplatePixels
from dcc.errors import Refusal
from dcc.wording import clip

Words = dict[str, Any]

_MAPPED_BITS = 96
"""Of an address of IPv4 that is written as one of IPv6, before the address (RFC 4291, section 2.5.5.2)."""


class Rectangle(NamedTuple):
    """A part of the board, in cells."""

    column: int
    row: int
    width: int
    height: int

    def holds(self, column: int, row: int) -> bool:
        """Whether a cell is in this part."""
        return 0 <= column - self.column < self.width and 0 <= row - self.row < self.height


class Group(Enum):
    """Who may paint somewhere, if not a list of names. The value is the word of the protocol."""

    EVERYBODY = "todos"
    MODERATORS = "moderadores"
    NOBODY = "nadie"


Allowed = Group | tuple[str, ...]
"""Who may paint somewhere: a group, or the proven names of people. Moderators may always paint, except for NOBODY."""


def is_allowed(allowed: Allowed, name: str, role: Role) -> bool:
    """Whether somebody who may paint at all may paint somewhere.

    :param name: the proven name; empty without one.
    """
    if allowed is Group.NOBODY:
        return False
    if role >= Role.MODERATE or allowed is Group.EVERYBODY:
        return True
    return isinstance(allowed, tuple) and bool(name) and name in allowed


class Area(NamedTuple):
    """A named part of the board.

    :ivar allowed: who may paint there.
    """

    name: str
    place: Rectangle
    allowed: Allowed


class Entry(Enum):
    """Who may paint at all. The value is the word of the protocol."""

    OPEN = "abierta"
    CODE = "codigo"
    KEYS = "claves"


@dataclass(frozen=True)
class Choice:
    """Placements to look at or to take back: those that meet each given condition.

    :ivar names: by people with these proven names.
    :ivar networks: by people without a proven name, from these addresses or networks.
    :ivar connections_of: by the connections of the placements with these sequences.
    :ivar action: by the action with this number.
    :ivar place: within this part of the board.
    :ivar since_ms: not before this time, in milliseconds since 1970-01-01 UTC.
    :ivar until_ms: not after this time.

    The first three are one condition: by any of them. At least one condition is given.
    """

    names: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    connections_of: tuple[int, ...] = ()
    action: int | None = None
    place: Rectangle | None = None
    since_ms: int | None = None
    until_ms: int | None = None


# --- the actions ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Freeze:
    """``congelar``: from now on only moderators paint."""


@dataclass(frozen=True)
class Thaw:
    """``descongelar``: the end of a freeze."""


@dataclass(frozen=True)
class AddAreas:
    """``zonas``: make areas; an area of the same name may not be there. A later area lies on top of the earlier."""

    areas: tuple[Area, ...]


@dataclass(frozen=True)
class AddGrid:
    """``cuadricula``: make equal areas, one for each name. The rules turn a grid into :class:`AddAreas`.

    :ivar place: what to divide; the whole board if not given.
    """

    names: tuple[str, ...]
    place: Rectangle | None = None


@dataclass(frozen=True)
class RemoveAreas:
    """``quitar-zonas``: remove the areas with these names, or all areas if no name is given."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetRest:
    """``resto``: who may paint outside of all areas."""

    allowed: Allowed


@dataclass(frozen=True)
class Ban:
    """``vetar``: keep somebody from painting, or from connecting; either a name or a network is given.

    :ivar name: a proven name.
    :ivar network: an address or a network; a single address of IPv6 counts as its network of 64 bits.
    :ivar from_connecting: also from connecting.
    :ivar until_ms: the end, in milliseconds since 1970-01-01 UTC; None for no end.
    :ivar why: is told to the banned.
    """

    name: str
    network: str
    why: str
    from_connecting: bool = False
    until_ms: int | None = None


@dataclass(frozen=True)
class Unban:
    """``perdonar``: end the bans of a name or of a network."""

    name: str = ""
    network: str = ""


@dataclass(frozen=True)
class Announce:
    """``anunciar``: a text for everybody who looks at the board; an empty text takes the last one away."""

    text: str


@dataclass(frozen=True)
class NameMoment:
    """``momento``: give the board as of now a name in the history."""

    name: str


@dataclass(frozen=True)
class AddTemplate:
    """``plantilla``: publish a picture for everybody to paint; a template of the same name may not be there.

    :ivar data: the pixels, see :mod:`dcc.core.templates`.
    """

    name: str
    place: Rectangle
    data: str = field(repr=False)

    @property
    def pixels(self) -> TemplatePixels:
        """The pixels, row by row.

        :raises Refusal: they cannot be read; not of an action that was read.
        """
        return templates.read(self.data, self.place.width * self.place.height)


@dataclass(frozen=True)
class RemoveTemplate:
    """``quitar-plantilla``: take the template of a name away; what was painted stays."""

    name: str


@dataclass(frozen=True)
class SetEntry:
    """``entrada``: who may paint at all.

    :ivar code: the word of the room, with :attr:`Entry.CODE` alone.
    """

    entry: Entry
    code: str = ""


@dataclass(frozen=True)
class SetCooldown:
    """``pausa``: the time from one pixel of a painter to the next.

    :ivar seconds: 0 for no cooldown.
    :ivar charges: how many pixels a painter can gather, 1 or more.
    """

    seconds: int
    charges: int = 1


@dataclass(frozen=True)
class AddKey:
    """``clave``: give somebody a key.

    :ivar digest: of the key, see :func:`dcc.core.people.digest_key`.
    :ivar until_ms: the end of the key, in milliseconds since 1970-01-01 UTC; None for no end.
    """

    name: str
    digest: str
    role: Role
    until_ms: int | None = None


@dataclass(frozen=True)
class RevokeKey:
    """``revocar``: end the key of a name at once."""

    name: str


@dataclass(frozen=True)
class RollBack:
    """``deshacer``: paint what was there before the chosen placements, wherever nobody else has painted since."""

    choice: Choice


@dataclass(frozen=True)
class Clear:
    """``limpiar``: paint a part of the board in the colour of the blank board; the whole board if no part is given."""

    place: Rectangle | None = None


Action = (
    Freeze
    | Thaw
    | AddAreas
    | AddGrid
    | RemoveAreas
    | SetRest
    | Ban
    | Unban
    | Announce
    | NameMoment
    | AddTemplate
    | RemoveTemplate
    | SetEntry
    | SetCooldown
    | AddKey
    | RevokeKey
    | RollBack
    | Clear
)


@dataclass(frozen=True)
class LogEntry:
    """An action as it was recorded.

    :ivar number: 1, 2, 3, … in the order of the record.
    :ivar sequence: of the last placement before the action; the action holds for all later placements. The placements
        of the action itself, if any, have the sequences from ``sequence + 1`` to ``sequence + cells``.
    :ivar time_ms: milliseconds since 1970-01-01 UTC.
    :ivar painter: who did it.
    :ivar cells: how many cells the action painted.
    """

    number: int
    sequence: int
    time_ms: int
    painter: Painter
    action: Action
    cells: int = 0


ROLES: dict[type[Any], Role] = {
    Freeze: Role.MODERATE,
    Thaw: Role.MODERATE,
    AddAreas: Role.MODERATE,
    AddGrid: Role.MODERATE,
    RemoveAreas: Role.MODERATE,
    SetRest: Role.MODERATE,
    Ban: Role.MODERATE,
    Unban: Role.MODERATE,
    Announce: Role.MODERATE,
    NameMoment: Role.MODERATE,
    AddTemplate: Role.MODERATE,
    RemoveTemplate: Role.MODERATE,
    SetEntry: Role.OWN,
    SetCooldown: Role.OWN,
    AddKey: Role.OWN,
    RevokeKey: Role.OWN,
    RollBack: Role.MODERATE,
    Clear: Role.MODERATE,
}
"""The least role for each action: the one table, which the rules, the tests and the documents read."""


# --- words ---------------------------------------------------------------------------------------


def write(action: Action) -> Words:
    """Spell an action as a JSON object; the inverse of :func:`read`. What is not given is left out."""
    kind, values = _SPELLINGS[type(action)]
    return {"accion": kind, **{key: word for key, word in values(action).items() if word is not None}}


def read(words: Words) -> Action:
    """Read an action.

    :raises Refusal: it is no action, or a value is wrong.
    """
    kind = words.get("accion")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise Refusal(reasons.UNKNOWN_ACTION, accion=clip(kind))
    return reader(words)


def write_place(place: Rectangle | None) -> Words | None:
    """Spell a part of the board."""
    return (
        None
        if place is None
        else {"columna": place.column, "fila": place.row, "ancho": place.width, "alto": place.height}
    )


def write_allowed(allowed: Allowed) -> str | list[str]:
    """Spell who may paint."""
    return allowed.value if isinstance(allowed, Group) else list(allowed)


def write_area(area: Area) -> Words:
    """Spell an area."""
    return {"nombre": area.name, **(write_place(area.place) or {}), "quien": write_allowed(area.allowed)}


def write_choice(choice: Choice) -> Words:
    """Spell a choice; the inverse of :func:`read_choice`."""
    words: Words = {
        "nombres": list(choice.names),
        "direcciones": list(choice.networks),
        "de": list(choice.connections_of),
        "numero": choice.action,
        "zona": write_place(choice.place),
        "desde_ms": choice.since_ms,
        "hasta_ms": choice.until_ms,
    }
    return {key: word for key, word in words.items() if word not in (None, [])}


def read_choice(words: Words) -> Choice:
    """Read a choice.

    :raises Refusal: a value is wrong, or nothing is chosen.
    """
    choice = Choice(
        tuple(_name(name, "nombres") for name in _list(words, "nombres")),
        tuple(_network(network) for network in _list(words, "direcciones")),
        tuple(_whole(sequence, "de", 1) for sequence in _list(words, "de")),
        _whole_or_none(words, "numero", 1),
        read_place(words["zona"]) if "zona" in words else None,
        _time_or_none(words, "desde_ms"),
        _time_or_none(words, "hasta_ms"),
    )
    if choice == Choice():
        raise Refusal(reasons.NOTHING_CHOSEN)
    return choice


def read_place(words: object) -> Rectangle:
    """Read a part of the board.

    :raises Refusal: a value is wrong.
    """
    if not isinstance(words, dict):
        raise _wrong("zona", words)
    return Rectangle(
        _whole(words.get("columna"), "columna"),
        _whole(words.get("fila"), "fila"),
        _whole(words.get("ancho"), "ancho", 1),
        _whole(words.get("alto"), "alto", 1),
    )


def read_allowed(value: object) -> Allowed:
    """Read who may paint.

    :raises Refusal: it is neither a group nor a list of names.
    """
    if isinstance(value, list):
        return tuple(_name(name, "quien") for name in value)
    try:
        return Group(value)
    except ValueError:
        raise _wrong("quien", value) from None


def read_area(words: object) -> Area:
    """Read an area.

    :raises Refusal: a value is wrong.
    """
    if not isinstance(words, dict):
        raise _wrong("zonas", words)
    return Area(_name(words.get("nombre")), read_place(words), read_allowed(words.get("quien", Group.EVERYBODY.value)))


def _read_areas(words: Words) -> AddAreas:
    return AddAreas(tuple(read_area(area) for area in _list(words, "zonas", limits.AREAS)))


def _read_grid(words: Words) -> AddGrid:
    names = tuple(_name(name, "nombres") for name in _list(words, "nombres", limits.AREAS))
    return AddGrid(names, read_place(words["zona"]) if "zona" in words else None)


def _read_ban(words: Words) -> Ban:
    name, network = _target(words)
    why = _text(words.get("motivo"), "motivo", limits.ANNOUNCEMENT_CHARACTERS)
    if not why.strip():
        raise _wrong("motivo", why)
    return Ban(name, network, why, _flag(words, "entrar"), _time_or_none(words, "hasta_ms"))


def read_entry(value: object) -> Entry:
    """Read who may paint at all.

    :raises Refusal: the value is not one of the three words.
    """
    try:
        return Entry(value)
    except ValueError:
        raise _wrong("entrada", value) from None


def _read_set_entry(words: Words) -> SetEntry:
    entry = read_entry(words.get("entrada"))
    code = words.get("codigo", "")
    if entry is Entry.CODE:
        return SetEntry(entry, _name(code, "codigo"))
    if code != "":
        raise _wrong("codigo", code)
    return SetEntry(entry)


def _read_key(words: Words) -> AddKey:
    digest, word = words.get("huella"), words.get("rol")
    if not isinstance(digest, str) or not is_digest(digest):
        raise _wrong("huella", digest)
    try:
        role = Role.of_word(word)  # type: ignore[arg-type]
    except ValueError:
        raise _wrong("rol", word) from None
    return AddKey(_name(words.get("nombre")), digest, role, _time_or_none(words, "hasta_ms"))


def read_template(words: Words) -> AddTemplate:
    """Read a template.

    :raises Refusal: a value is wrong, or the pixels cannot be read.
    """
    data = words.get("datos")
    if not isinstance(data, str):
        raise _wrong("datos", data)
    template = AddTemplate(_name(words.get("nombre")), read_place(words), data)
    templates.read(data, template.place.width * template.place.height)
    return template


def _target(words: Words) -> tuple[str, str]:
    """Read either a name or a network."""
    if ("nombre" in words) == ("direccion" in words):
        raise Refusal(reasons.ONE_TARGET)
    if "nombre" in words:
        return _name(words["nombre"]), ""
    return "", _network(words["direccion"])


# Each kind, with what its words hold beside ``accion``.
_SPELLINGS: dict[type[Any], tuple[str, Callable[[Any], Words]]] = {
    Freeze: ("congelar", lambda action: {}),
    Thaw: ("descongelar", lambda action: {}),
    AddAreas: ("zonas", lambda action: {"zonas": [write_area(area) for area in action.areas]}),
    AddGrid: ("cuadricula", lambda action: {"nombres": list(action.names), "zona": write_place(action.place)}),
    RemoveAreas: ("quitar-zonas", lambda action: {"nombres": list(action.names)}),
    SetRest: ("resto", lambda action: {"quien": write_allowed(action.allowed)}),
    Ban: (
        "vetar",
        lambda action: {
            "nombre": action.name or None,
            "direccion": action.network or None,
            "entrar": action.from_connecting or None,
            "hasta_ms": action.until_ms,
            "motivo": action.why,
        },
    ),
    Unban: ("perdonar", lambda action: {"nombre": action.name or None, "direccion": action.network or None}),
    Announce: ("anunciar", lambda action: {"texto": action.text}),
    NameMoment: ("momento", lambda action: {"nombre": action.name}),
    AddTemplate: (
        "plantilla",
        lambda action: {"nombre": action.name, **(write_place(action.place) or {}), "datos": action.data},
    ),
    RemoveTemplate: ("quitar-plantilla", lambda action: {"nombre": action.name}),
    SetEntry: ("entrada", lambda action: {"entrada": action.entry.value, "codigo": action.code or None}),
    SetCooldown: ("pausa", lambda action: {"segundos": action.seconds, "cargas": action.charges}),
    AddKey: (
        "clave",
        lambda action: {
            "nombre": action.name,
            "huella": action.digest,
            "rol": action.role.word,
            "hasta_ms": action.until_ms,
        },
    ),
    RevokeKey: ("revocar", lambda action: {"nombre": action.name}),
    RollBack: ("deshacer", lambda action: {"elegir": write_choice(action.choice)}),
    Clear: ("limpiar", lambda action: {"zona": write_place(action.place)}),
}

KINDS: dict[type[Any], str] = {kind: word for kind, (word, _values) in _SPELLINGS.items()}
"""The word of each action."""

_READERS: dict[str, Callable[[Words], Action]] = {
    "congelar": lambda words: Freeze(),
    "descongelar": lambda words: Thaw(),
    "zonas": _read_areas,
    "cuadricula": _read_grid,
    "quitar-zonas": lambda words: RemoveAreas(
        tuple(_name(name, "nombres") for name in _list(words, "nombres", limits.AREAS))
    ),
    "resto": lambda words: SetRest(read_allowed(words.get("quien"))),
    "vetar": _read_ban,
    "perdonar": lambda words: Unban(*_target(words)),
    "anunciar": lambda words: Announce(_text(words.get("texto"), "texto", limits.ANNOUNCEMENT_CHARACTERS)),
    "momento": lambda words: NameMoment(_name(words.get("nombre"))),
    "plantilla": read_template,
    "quitar-plantilla": lambda words: RemoveTemplate(_name(words.get("nombre"))),
    "entrada": _read_set_entry,
    "pausa": lambda words: SetCooldown(
        _whole(words.get("segundos"), "segundos"), _whole(words.get("cargas", 1), "cargas", 1)
    ),
    "clave": _read_key,
    "revocar": lambda words: RevokeKey(_name(words.get("nombre"))),
    "deshacer": lambda words: RollBack(read_choice(_object(words, "elegir"))),
    "limpiar": lambda words: Clear(read_place(words["zona"]) if "zona" in words else None),
}


# --- values --------------------------------------------------------------------------------------


def _wrong(key: str, value: object) -> Refusal:
    return Refusal(reasons.WRONG_VALUE, clave=key, valor=clip(value))


def _whole(value: object, key: str, least: int = 0) -> int:
    if type(value) is not int or not least <= value < 10**limits.DECIMAL_DIGITS:
        raise _wrong(key, value)
    return value


def _whole_or_none(words: Words, key: str, least: int = 0) -> int | None:
    return None if words.get(key) is None else _whole(words[key], key, least)


def _time_or_none(words: Words, key: str) -> int | None:
    time_ms = _whole_or_none(words, key)
    if time_ms is not None and time_ms >= LATEST_MS:  # no program could show it
        raise _wrong(key, time_ms)
    return time_ms


def _flag(words: Words, key: str) -> bool:
    value = words.get(key, False)
    if type(value) is not bool:
        raise _wrong(key, value)
    return value


def _text(value: object, key: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise _wrong(key, value)
    return value


def _name(value: object, key: str = "nombre") -> str:
    if not isinstance(value, str) or not is_name(value):
        raise Refusal(reasons.NO_NAME, clave=key, valor=clip(value), caracteres=limits.NAME_CHARACTERS)
    return value


def _network(value: object) -> str:
    try:
        if not isinstance(value, str) or "%" in value:  # ip_network takes numbers, and interfaces (fe80::1%eth0)
            raise ValueError
        network = ip_network(value, strict=False)
    except ValueError:
        raise Refusal(reasons.NO_NETWORK, direccion=clip(value)) from None
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is not None and network.prefixlen >= _MAPPED_BITS:  # IPv4 written as IPv6 (``::ffff:192.0.2.7``)
        network = IPv4Network((mapped, network.prefixlen - _MAPPED_BITS), strict=False)
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _list(words: Words, key: str, most: int = 1000) -> list[Any]:
    value = words.get(key, [])
    if not isinstance(value, list) or len(value) > most:
        raise _wrong(key, value)
    return value


def _object(words: Words, key: str) -> Words:
    value = words.get(key)
    if not isinstance(value, dict):
        raise _wrong(key, value)
    return value
