"""The words of a server about people: the rules, who is here, outcomes of actions, and their log."""

from __future__ import annotations

from typing import Any

from dcc import reasons
from dcc.core import actions
from dcc.core.actions import Ban, Entry, Group, LogEntry
from dcc.core.people import Role
from dcc.core.placements import Painter
from dcc.errors import ProtocolError
from dcc.language import _
from dcc.protocol import strict_json
from dcc.protocol.messages import ActionLog, Done, Guest, KeyHolder, People, RulesNews, SharedTemplate, TemplateNews
from dcc.wording import clip

Words = dict[str, Any]
Message = RulesNews | SharedTemplate | Done | People | ActionLog


def write(message: Message) -> Words:
    """Spell a message."""
    match message:
        case RulesNews():
            return {
                "comando": "reglas",
                "entrada": message.entry.value,
                "congelado": message.is_frozen,
                "resto": actions.write_allowed(message.rest),
                "zonas": [actions.write_area(area) for area in message.areas],
                "anuncio": message.announcement,
                **({"plantillas": list(map(_write_template, message.templates))} if message.templates else {}),
            }
        case SharedTemplate():
            return {
                "comando": "plantilla",
                "solicitud": message.request,
                "numero": message.number,
                **{key: word for key, word in actions.write(message.template).items() if key != "accion"},
            }
        case Done():
            return {
                "comando": "hecho",
                "solicitud": message.request,
                "numero": message.number,
                "secuencia": message.sequence,
                "celdas": message.cells,
            }
        case People():
            return _write_people(message)
        case ActionLog():
            return {
                "comando": "diario",
                "solicitud": message.request,
                "acciones": [_write_entry(entry) for entry in message.entries],
            }


def read(word: str, words: Words) -> Message:
    """Read a message; the inverse of :func:`write`.

    :param word: ``reglas``, ``plantilla``, ``hecho``, ``gente`` or ``diario``.
    :raises ProtocolError: a value is missing or has the wrong type.
    :raises Refusal: an action, an area or a template cannot be read.
    """
    match word:
        case "reglas":
            return RulesNews(
                actions.read_entry(words.get("entrada", Entry.OPEN.value)),
                words.get("congelado") is True,
                actions.read_allowed(words.get("resto", Group.EVERYBODY.value)),
                tuple(actions.read_area(area) for area in _objects(words, "zonas")),
                strict_json.text(words, "anuncio", ""),
                tuple(map(_read_template, _objects(words, "plantillas"))),
            )
        case "plantilla":
            return SharedTemplate(
                strict_json.request(words), strict_json.integer(words, "numero"), actions.read_template(words)
            )
        case "hecho":
            return Done(
                strict_json.request(words),
                strict_json.integer(words, "numero"),
                strict_json.integer(words, "secuencia"),
                strict_json.integer(words, "celdas", 0),
            )
        case "gente":
            return _read_people(words)
        case _:
            entries = tuple(_read_entry(entry) for entry in _objects(words, "acciones"))
            return ActionLog(strict_json.request(words), entries)


def _write_template(template: TemplateNews) -> Words:
    return {
        "numero": template.number,
        "nombre": template.name,
        **(actions.write_place(template.place) or {}),
        "autor": template.author,
    }


def _read_template(words: Words) -> TemplateNews:
    return TemplateNews(
        strict_json.integer(words, "numero"),
        strict_json.text(words, "nombre"),
        actions.read_place(words),
        strict_json.text(words, "autor", ""),
    )


def _write_people(message: People) -> Words:
    words: Words = {
        "comando": "gente",
        "solicitud": message.request,
        "gente": [
            {
                "id": guest.client_id,
                "nombre": guest.name,
                "probado": guest.is_proven,
                "rol": guest.role.word,
                "direccion": guest.address,
            }
            for guest in message.guests
        ],
        "vetos": [actions.write(ban) for ban in message.bans],
        "codigo": message.code,
        "intentos": [{"direccion": address, "veces": times} for address, times in message.guesses],
    }
    if message.keys:
        words["claves"] = [
            {"nombre": holder.name, "rol": holder.role.word, "hasta_ms": holder.until_ms} for holder in message.keys
        ]
    return words


def _write_entry(entry: LogEntry) -> Words:
    painter = entry.painter
    return {
        "numero": entry.number,
        "secuencia": entry.sequence,
        "ms": entry.time_ms,
        "id": painter.connection,
        "nombre": painter.name,
        "probado": painter.is_proven,
        "direccion": painter.address,
        "celdas": entry.cells,
        "que": actions.write(entry.action),
    }


def _read_people(words: Words) -> People:
    return People(
        strict_json.request(words),
        tuple(
            Guest(
                strict_json.integer(guest, "id"),
                strict_json.text(guest, "nombre"),
                guest.get("probado") is True,
                read_role(guest),
                strict_json.text(guest, "direccion", ""),
            )
            for guest in _objects(words, "gente")
        ),
        tuple(ban for ban in map(actions.read, _objects(words, "vetos")) if isinstance(ban, Ban)),
        strict_json.text(words, "codigo", ""),
        tuple(
            (strict_json.text(guess, "direccion"), strict_json.integer(guess, "veces"))
            for guess in _objects(words, "intentos")
        ),
        tuple(
            KeyHolder(
                strict_json.text(holder, "nombre"), read_role(holder), strict_json.integer_or_none(holder, "hasta_ms")
            )
            for holder in _objects(words, "claves")
        ),
    )


def _read_entry(words: Words) -> LogEntry:
    what = words.get("que")
    if not isinstance(what, dict):
        raise ProtocolError(_("an action that cannot be read"))
    return LogEntry(
        strict_json.integer(words, "numero"),
        strict_json.integer(words, "secuencia"),
        strict_json.integer(words, "ms"),
        Painter(
            strict_json.integer(words, "id"),
            strict_json.text(words, "nombre"),
            strict_json.text(words, "direccion", ""),
            words.get("probado") is True,
        ),
        actions.read(what),
        strict_json.integer(words, "celdas", 0),
    )


def _objects(words: Words, key: str) -> list[Words]:
    value = words.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ProtocolError(reasons.WRONG_VALUE, clave=key, valor=clip(value))
    return value


def read_role(words: Words) -> Role:
    """Read a role; :attr:`Role.PAINT` if none is given.

    :raises ProtocolError: no role has that word.
    """
    word = strict_json.text(words, "rol", Role.PAINT.word)
    try:
        return Role.of_word(word)
    except ValueError:
        raise ProtocolError(reasons.WRONG_VALUE, clave="rol", valor=clip(word)) from None
