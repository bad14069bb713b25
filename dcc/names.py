"""Files of names: one name a line, as a teacher's list of a class is saved by any editor."""

from __future__ import annotations

import codecs
import re
import unicodedata

from dcc import limits
from dcc.core.people import OPERATOR, is_name
from dcc.errors import NamesError
from dcc.language import _, number, system_reason
from dcc.wording import clip

_FILE_BYTES = 1024 * 1024
"""Longest file that is read: the most names take half of it, in any alphabet."""

_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
"""The byte order marks, with the encodings that they tell of."""


def load_names(path: str) -> list[str]:
    """Read the names in a file: UTF-8, with or without a byte order mark, or UTF-16 with one; lines of any system.

    Empty lines are skipped, and spaces and tabs at the ends of a line are no part of a name. Letters with marks are
    composed (NFC of Unicode).

    :return: at least one name, at most :data:`dcc.limits.AREAS`, each once.
    :raises NamesError: the file cannot be read, or a line holds no name; without the path.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_FILE_BYTES + 1)
    except OSError as error:
        raise NamesError(system_reason(error)) from None
    except ValueError:  # a NUL in the path
        raise NamesError(_("no file has such a name")) from None
    if len(data) > _FILE_BYTES:
        raise NamesError(_("longer than {most} bytes: not a list of names").format(most=number(_FILE_BYTES)))
    return read_names(data)


def read_names(data: bytes) -> list[str]:
    """Read the names in the bytes of a file; see :func:`load_names`."""
    lines: dict[str, int] = {}
    for position, line in enumerate(re.split("\r\n|\r|\n", _decode(data)), 1):
        name = unicodedata.normalize("NFC", line.strip(" \t"))
        if not name:
            continue
        if (fault := _fault(name)) is not None:
            raise _at(position, fault)
        if name in lines:
            raise _at(position, _("the name {name} is in line {line} already").format(name=name, line=lines[name]))
        lines[name] = position
    if not lines:
        raise NamesError(_("no names: write one on each line"))
    if len(lines) > limits.AREAS:
        raise NamesError(_("{count} names, at most {most}").format(count=number(len(lines)), most=number(limits.AREAS)))
    return list(lines)


def _decode(data: bytes) -> str:
    mark = next((mark for mark in _BOMS if data.startswith(mark)), b"")
    try:
        return data[len(mark) :].decode(_BOMS.get(mark, "utf-8"))
    except UnicodeDecodeError as error:
        line = re.split(rb"\r\n|\r|\n", data[: error.start])
        raise _at(len(line), _("the file is not in UTF-8: save it as UTF-8 text")) from None


def _fault(name: str) -> str | None:
    """Say what is wrong with a name, if anything."""
    for character in name:
        if not character.isprintable():
            known = unicodedata.name(character, "")
            shown = f"U+{ord(character):04X}" + (f" ({known})" if known else "")
            return _("a character that nobody sees, {character}: type the name anew").format(character=shown)
    if len(name) > limits.NAME_CHARACTERS:
        return _("{name} has {count} characters, at most {most}").format(
            name=clip(name), count=len(name), most=limits.NAME_CHARACTERS
        )
    if name == OPERATOR:
        return _("the name {name} belongs to the operator").format(name=name)
    return None if is_name(name) else _("{name} is no name").format(name=clip(name))


def _at(line: int, fault: str) -> NamesError:
    return NamesError(_("line {line}: {fault}").format(line=line, fault=fault))
