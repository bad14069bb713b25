"""The sheet with everybody's key: what it says, to whom, and that nothing is lost or left open."""

from __future__ import annotations

import re
import stat
import sys
import xml.dom.minidom
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from unittest import mock

import pytest

from dcc.errors import DccError
from dcc.language import speak
from dcc.sheet import Slip, link_with_key, qr_code, sheet, write_sheet

PAGE, ADDRESS = "http://192.0.2.7:8080/", "192.0.2.7:45743"
MADE = datetime(2026, 3, 9, 8, 30)
SLIPS = [Slip("Ada", "a" * 26), Slip("<b>Bob</b> & 'מרים'", "b" * 26)]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    speak("en")


def test_each_person_has_a_slip_with_the_name_the_link_and_its_qr_code() -> None:
    text = sheet(SLIPS, ADDRESS, PAGE, MADE)
    slips = re.findall("<li>.*?</li>", text)
    assert len(slips) == 2
    for slip, key in zip(slips, ("a" * 26, "b" * 26), strict=True):
        link = f"http://192.0.2.7:8080/#clave={key}"
        assert f"<code>{link}</code>" in slip
        assert qr_code(link) in slip and qr_code(link).startswith("<svg")
    assert "<bdi>Ada</bdi>" in slips[0]


def test_a_name_is_text_whatever_it_holds_and_the_sheet_loads_nothing_from_elsewhere() -> None:
    text = sheet(SLIPS, ADDRESS, PAGE, MADE)
    assert "<b>" not in text and "&lt;b&gt;Bob&lt;/b&gt; &amp; &#x27;מרים&#x27;" in text
    assert not re.search(r"<(script|link|img|iframe)|\bsrc=|url\(|@import", text)
    xml.dom.minidom.parseString(re.sub("<!doctype html>|<meta[^>]*>", "", text))  # every element is closed


def test_without_a_page_the_slips_have_the_keys_alone() -> None:
    text = sheet(SLIPS, ADDRESS, None, MADE)
    assert "<svg" not in text and "#clave" not in text
    assert f"<p>Type: dcc draw {ADDRESS}</p><code>{'a' * 26}</code>" in text


def test_without_the_library_the_slips_have_the_links_without_qr_codes() -> None:
    with mock.patch.dict(sys.modules, {"segno": None}):
        text = sheet(SLIPS, ADDRESS, PAGE, MADE)
    assert "<svg" not in text
    assert text.count("#clave=") == 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_sheet_is_in_the_language_of_the_program_and_says_whom_it_is_for(language: str) -> None:
    speak("es" if language == "es" else "en")
    text = sheet(SLIPS, ADDRESS, PAGE, MADE)
    assert f'<html lang="{language}">' in text
    if language == "en":
        assert "For whoever leads the group, and for nobody else" in text
        assert "2 keys · 2026-03-09 08:30" in text


def test_only_its_owner_can_read_a_sheet_and_no_sheet_is_ever_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "names-sheet.html"
    write_sheet(path, SLIPS, ADDRESS, PAGE, MADE)
    assert path.read_text(encoding="utf-8") == sheet(SLIPS, ADDRESS, PAGE, MADE)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(DccError, match=re.escape(str(path))):
        write_sheet(path, SLIPS[:1], ADDRESS, PAGE, MADE)
    assert path.read_text(encoding="utf-8") == sheet(SLIPS, ADDRESS, PAGE, MADE)


def test_a_sheet_that_cannot_be_written_is_one_line_with_the_path(tmp_path: Path) -> None:
    path = tmp_path / "none" / "sheet.html"
    with pytest.raises(DccError) as refused:
        write_sheet(path, SLIPS, ADDRESS, PAGE, MADE)
    assert str(refused.value).startswith(f"{path}: ") and "\n" not in str(refused.value)


def test_a_key_is_not_shown_in_logs_and_stands_in_the_part_of_a_link_that_is_not_sent() -> None:
    assert "aaaa" not in repr(SLIPS[0])
    assert link_with_key(PAGE, "k").partition("#")[2] == "clave=k"
