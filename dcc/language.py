"""The language that this program speaks to people: Spanish, as in the published activity, or English.

1. ``--lang es|en`` decides, anywhere on the command line.
2. Otherwise the environment variable ``DCC_LANG`` decides.
3. Otherwise the locale decides: Spanish in a Spanish locale, English in every other.
4. If the locale names no language (C, POSIX, C.UTF-8, unset), the server and ``dcc check`` speak Spanish,
   as published, and every other command English.

A process speaks one language. The code has the texts in English; ``locale/es`` has their Spanish (gettext).
"""

from __future__ import annotations

import errno
import gettext
import os
import re
from collections.abc import Sequence
from importlib import resources
from typing import Literal, cast, get_args

Language = Literal["es", "en"]

VARIABLE = "DCC_LANG"
OPTION = "--lang"

_NO_LANGUAGE = ("c", "posix")

_SHOWN = 40
"""Characters of a wrong name that are shown: enough to recognise the name."""

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def locale_language() -> Language | None:
    """Return the language of the user's locale, or None if the locale names no language.

    Read as gettext does: the first of ``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG`` with a value counts.
    ``LANGUAGE`` may list several, by preference: the first of ours counts.
    """
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            names = [re.split(r"[_.@-]", each)[0].lower() for each in value.split(":")]
            named = [name for name in names if name and name not in _NO_LANGUAGE]
            ours = [name for name in named if name in get_args(Language)]
            return cast(Language, ours[0]) if ours else ("en" if named else None)
    return None


def take_option(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Take ``--lang`` out of a command line, wherever it stands before ``--``.

    Needed before the command line is read: its help and errors are in the language already.

    :return: the option's value, None without the option, empty if the value is missing; and the other words.
    """
    value: str | None = None
    rest: list[str] = []
    coming = iter(words)
    for word in coming:
        if word == "--":
            return value, [*rest, word, *coming]
        if word == OPTION:
            value = next(coming, "")
        elif word.startswith(f"{OPTION}="):
            value = word.removeprefix(f"{OPTION}=")
        else:
            rest.append(word)
    return value, rest


def speak_chosen(option: str | None = None, without_language: Language = "en") -> Language:
    """Speak the language that the user chose, see the rules above.

    :param option: value of ``--lang``; None without the option.
    :param without_language: what to speak if nothing names a language.
    :return: the language.
    :raises ValueError: the option or ``DCC_LANG`` is not one of ours. The error is a line for the user, in the
        language that the rest of the rules gives.
    """
    speak(locale_language() or without_language)
    variable = os.environ.get(VARIABLE) or None
    if option not in get_args(Language) and variable is not None:
        _speak_named(VARIABLE, variable)
    if option is not None:
        _speak_named(OPTION, option)
    return spoken()


def _speak_named(source: str, name: str) -> None:
    if name not in get_args(Language):
        raise ValueError(_("{name} {value}: expected es or en").format(name=source, value=ascii(name[:_SHOWN])))
    speak(cast(Language, name))


def speak(language: Language) -> None:
    """Set the language of this process."""
    global _catalogue
    if language == "en":
        _catalogue = gettext.NullTranslations()
        return
    with (resources.files("dcc") / "locale" / language / "LC_MESSAGES" / "dcc.mo").open("rb") as file:
        _catalogue = gettext.GNUTranslations(file)


def spoken() -> Language:
    """Return the language of this process."""
    return "es" if isinstance(_catalogue, gettext.GNUTranslations) else "en"


def _(text: str) -> str:
    """Return a text in the language of this process."""
    return _catalogue.gettext(text)


def ngettext(one: str, many: str, count: float) -> str:
    """Return the text for a count of things in the language of this process."""
    return _catalogue.ngettext(one, many, cast(int, count))


def N_(text: str) -> str:
    """Mark a text for the catalogue. The text itself is translated where it is shown."""
    return text


def number(value: float) -> str:
    """Write a number for people: ``12,345.6`` in English, ``12.345,6`` in Spanish.

    Spanish numbers below 10,000 have no separator, as in browsers.
    """
    text = f"{value:,.15g}"  # 15 digits: more than any count has, and 60 s are not "60.0 s"
    if spoken() == "en":
        return text
    return (text if abs(value) >= 10_000 else text.replace(",", "")).translate(_SPANISH_SEPARATORS)


_SPANISH_SEPARATORS = str.maketrans(",.", ".,")

_SYSTEM_REASONS = {
    errno.EACCES: N_("Permission denied"),
    errno.EADDRINUSE: N_("Address already in use"),
    errno.EADDRNOTAVAIL: N_("Cannot assign requested address"),
    errno.ECONNREFUSED: N_("Connection refused"),
    errno.EEXIST: N_("File exists"),
    errno.EFBIG: N_("File too large"),
    errno.EIO: N_("Input/output error"),
    errno.EISDIR: N_("Is a directory"),
    errno.ELOOP: N_("Too many levels of symbolic links"),
    errno.EMFILE: N_("Too many open files"),
    errno.ENAMETOOLONG: N_("File name too long"),
    errno.ENOENT: N_("No such file or directory"),
    errno.ENOSPC: N_("No space left on device"),
    errno.ENOTDIR: N_("Not a directory"),
    errno.EPERM: N_("Operation not permitted"),
    errno.EROFS: N_("Read-only file system"),
}
"""What users meet with files and ports. ``strerror`` follows the locale of the C library, which Python leaves at C, so
that every other language would be mixed with English."""


def system_reason(error: OSError) -> str:
    """Return why the system refused something, in the language of this process if the reason is a usual one."""
    known = _SYSTEM_REASONS.get(error.errno or 0)
    return _(known) if known is not None else error.strerror or str(error)
