"""The page's copies of limits and reasons are equal to the originals in Python."""

from __future__ import annotations

import json
import re
import string
import subprocess
from pathlib import Path

from dcc import limits
from dcc.core import heat, painted_by, shapes
from dcc.language import _, speak
from dcc.reasons import REASONS
from dcc.window import painting

PAGE = Path(__file__).parents[2] / "dcc/page"


def exported(module: str) -> dict[str, object]:
    """Read the constants of a module of the page."""
    script = f"console.log(JSON.stringify(await import({json.dumps((PAGE / module).as_uri())})))"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True, timeout=60
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_limits_of_the_page_are_those_of_the_programs() -> None:
    constants = exported("limits.js")
    assert len(constants) >= 6
    assert constants == {name: getattr(limits, name) for name in constants}


def test_the_tools_of_the_page_have_the_limits_of_the_window() -> None:
    page = {**exported("shapes.js"), **exported("drawing.js")}
    assert page["SIZES"] == [*shapes.SIZES]
    assert page["MAX_FILL"] == shapes.MAX_FILL
    assert page["MOST_PIXELS"] == painting.MOST_PIXELS


def test_the_heat_map_of_the_page_has_the_steps_and_the_colours_of_the_programs() -> None:
    constants = exported("heat.js")
    assert (constants["STEPS"], constants["COLOURS"]) == ([*heat.STEPS], [*heat.COLOURS])


def test_the_painters_of_the_page_have_the_colours_of_the_programs() -> None:
    constants = exported("painters.js")
    found = painted_by.OTHERS_COLOUR, painted_by.NOBODY_COLOUR, [*painted_by.COLOURS]
    assert (constants["OTHERS"], constants["NOBODY"], constants["COLOURS"]) == found


def test_no_other_module_of_the_page_has_a_number_of_its_own_for_a_limit() -> None:
    for file in PAGE.glob("*.js"):
        if file.name != "limits.js":
            numbers = set(re.findall(r"\b(?:8192|4096|65536)\b", file.read_text(encoding="utf-8")))
            assert not numbers, file.name


def test_the_name_field_takes_as_many_characters_as_the_server() -> None:
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    assert f'<input id="name" maxlength="{limits.NAME_CHARACTERS}">' in page


def test_the_page_tells_every_reason_with_its_values_in_both_languages() -> None:
    told = exported("reasons_later.js")["REASONS"]
    assert isinstance(told, dict)
    assert set(told) == set(REASONS)
    for code, reason in REASONS.items():
        values = {name for _text, name, _form, _conversion in string.Formatter().parse(reason.text) if name}
        assert len(told[code]) == 2
        for text in told[code]:
            assert set(re.findall(r"\{(\w+)\}", text)) == values, (code, text)


def test_the_page_and_the_programs_say_each_reason_in_the_same_words() -> None:
    told = exported("reasons_later.js")["REASONS"]
    assert isinstance(told, dict)
    try:
        for place, language in enumerate(("en", "es")):
            speak(language)
            for code, reason in REASONS.items():
                assert told[code][place] == re.sub(r":[^{}]*\}", "}", _(reason.text)), code
    finally:
        speak("en")
