"""The results as text for a person, as JSON, and as JUnit XML for a course's CI."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from dcc.check.diagnosis import Difference
from dcc.check.examination import Outcome, Result
from dcc.language import _

_COLUMNS = 100
_ROW_BYTES = 16
_ROWS = 4
"""Rows of a frame that are shown: the prefix and the beginning of the message, or what surrounds the difference."""

_GREEN, _RED, _YELLOW, _BOLD, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[0m"

_NOT_IN_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 65534, 65535], "�")
"""Characters that XML 1.0 cannot hold, not even escaped."""


class Text:
    """Writes results for a person."""

    def __init__(self, is_coloured: bool) -> None:
        self._is_coloured = is_coloured

    def line(self, result: Result) -> str:
        """Write the line of a check, as it is done."""
        rule = result.rule
        if result.outcome is Outcome.PASSED:
            return f"{self._in(_GREEN, '✓')} {rule.name:<22} {rule.title}"
        if result.outcome is Outcome.NOT_JUDGED:
            why = _("not judged: {reason}").format(reason=result.reason)
            return textwrap.fill(
                f"{self._in(_YELLOW, '-')} {rule.name:<22} {rule.title} ({why})",
                _COLUMNS,
                subsequent_indent=" " * 25,
                break_on_hyphens=False,
            )
        bonus = " (" + _("bonus") + ")" if rule.bonus else ""
        return f"{self._in(_YELLOW if rule.bonus else _RED, '✗')} {rule.name:<22} {rule.title}{bonus}"

    def details(self, results: Sequence[Result]) -> str:
        """Explain each failed check."""
        return "\n".join(self._explain(result) for result in results if result.outcome is Outcome.FAILED)

    def summary(self, results: Sequence[Result]) -> str:
        """Count the results, in a line."""
        failed = sum(result.costs for result in results)
        bonus = sum(result.outcome is Outcome.FAILED and result.rule.bonus for result in results)
        passed = sum(result.outcome is Outcome.PASSED for result in results)
        parts = [_("{count} passed").format(count=passed), _("{count} failed").format(count=failed)]
        if bonus:
            parts.append(_("{count} bonus failed").format(count=bonus))
        parts.append(_("{count} not judged").format(count=len(results) - passed - failed - bonus))
        line = ", ".join(parts)
        return self._in(_RED if failed else _GREEN, f"===== {line} =====")

    def _explain(self, result: Result) -> str:
        difference = result.difference
        assert difference is not None
        rule = result.rule
        colour = _YELLOW if rule.bonus else _RED
        lines = [self._in(colour + _BOLD, f"✗ {rule.name}: {rule.title}")]
        lines += self._entry(_("Expected"), rule.expected)
        lines += self._entry(_("Came"), difference.came)
        if difference.frame:
            lines.append(f"      {_sender(difference)}")
        lines += [f"      {row}" for row in dump(difference)]
        lines += self._entry(_("Change"), difference.cause or rule.cause)
        lines += self._entry(_("Activity"), rule.part)
        if result.output:
            lines += self._entry(_("Printed"), _("what your program wrote meanwhile:"))
            lines += [f"      | {line}" for line in result.output]
        return "\n".join([*lines, ""])

    def _entry(self, name: str, text: str) -> list[str]:
        first, *rest = text.split("\n")
        head = f"  {name + ':':<11} "
        wrapped = textwrap.wrap(first, _COLUMNS - len(head), break_on_hyphens=False, break_long_words=False) or [""]
        rows = [head + wrapped[0], *(" " * len(head) + row for row in wrapped[1:])]
        return rows + [f"  {line}" for line in rest]

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._is_coloured else text


def _sender(difference: Difference) -> str:
    """Say whose bytes follow, and how to read them."""
    if difference.is_ours:
        return _("The check sent this (position, bytes in hexadecimal, text):")
    return _("Your program sent this (position, bytes in hexadecimal, text):")


def dump(difference: Difference) -> list[str]:
    """Show the bytes of a frame in hexadecimal and as text, with a line of ^ below the bytes that differ."""
    frame, (start, end) = difference.frame, difference.mark
    first = max(0, start // _ROW_BYTES - 1) * _ROW_BYTES
    rows = []
    for offset in range(first, min(len(frame), first + _ROWS * _ROW_BYTES), _ROW_BYTES):
        piece = frame[offset : offset + _ROW_BYTES]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
        rows.append(f"{offset:5}  {piece.hex(' '):<{3 * _ROW_BYTES}} {text}".rstrip())
        marks = [start <= offset + index < end for index in range(len(piece))]
        if any(marks):
            below = " ".join("^^" if mark else "  " for mark in marks)
            letters = "".join("^" if mark else " " for mark in marks)
            rows.append(f"       {below:<{3 * _ROW_BYTES}} {letters}".rstrip())
    left = len(frame) - first - _ROWS * _ROW_BYTES
    if left > 0:
        rows.append("       " + _("… and {bytes} bytes more").format(bytes=left))
    return rows


def to_json(side: str, results: Sequence[Result]) -> dict[str, Any]:
    """Return the results for a program."""
    return {
        "side": side,
        "passed": not any(result.costs for result in results),
        "checks": [_as_words(result) for result in results],
    }


def _as_words(result: Result) -> dict[str, Any]:
    rule = result.rule
    words: dict[str, Any] = {
        "name": rule.name,
        "title": rule.title,
        "outcome": result.outcome.value,
        "bonus": rule.bonus,
    }
    if result.outcome is Outcome.NOT_JUDGED:
        words["reason"] = result.reason
    if result.difference is not None:
        difference = result.difference
        words |= {
            "expected": rule.expected,
            "came": difference.came,
            "cause": difference.cause or rule.cause,
            "activity": rule.part,
        }
        if difference.frame:
            words["frame"] = difference.frame[: _ROWS * _ROW_BYTES * 4].hex()
            words["mark"] = list(difference.mark)
        if result.output:
            words["output"] = result.output
    return words


def to_junit(side: str, results: Sequence[Result]) -> str:
    """Return the results as JUnit XML. A failed bonus counts as skipped: the XML has no better word."""
    suite = ElementTree.Element(
        "testsuite",
        name=f"dcc check {side}",
        tests=str(len(results)),
        failures=str(sum(result.costs for result in results)),
        errors="0",
        skipped=str(sum(result.outcome is not Outcome.PASSED and not result.costs for result in results)),
    )
    text = Text(is_coloured=False)
    for result in results:
        case = ElementTree.SubElement(suite, "testcase", classname=f"dcc.check.{side}", name=result.rule.name)
        if result.costs:
            assert result.difference is not None
            failure = ElementTree.SubElement(case, "failure", message=_in_xml(result.difference.came.split("\n")[0]))
            failure.text = _in_xml(text.details([result]))
        elif result.outcome is not Outcome.PASSED:
            came = result.difference.came.split("\n")[0] if result.difference is not None else result.reason
            ElementTree.SubElement(case, "skipped", message=_in_xml(came))
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=False)


def _in_xml(text: str) -> str:
    return text.translate(_NOT_IN_XML)
