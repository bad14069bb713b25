"""The language of what people read: Spanish, as in the published activity, or English.

The texts stand in the code in English; the Spanish ones are in ``locale/es`` (gettext). One process
speaks one language.
"""

from __future__ import annotations

import gettext
import os
from importlib import resources
from typing import Literal

Language = Literal["es", "en"]

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def locale_language() -> Language:
    """The language of the user's locale: English where that says so, else Spanish.

    Read as gettext does: ``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``, the first that is set.
    """
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return "en" if value.lower().startswith("en") else "es"
    return "es"


def speak(language: Language) -> None:
    """Set the language of this process."""
    global _catalogue
    if language == "en":
        _catalogue = gettext.NullTranslations()
        return
    with (resources.files("dcc") / "locale" / language / "LC_MESSAGES" / "dcc.mo").open("rb") as file:
        _catalogue = gettext.GNUTranslations(file)


def _(text: str) -> str:
    """The text in the language of this process."""
    return _catalogue.gettext(text)
