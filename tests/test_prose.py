"""``tools/prose``: the counted words, the words left out, and a limit that can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parent.parent / "tools" / "prose"


def prose(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the tool to its end."""
    return subprocess.run([sys.executable, TOOL, *words], capture_output=True, encoding="utf-8", timeout=60)


def counts(path: Path) -> tuple[int, int]:
    """Return the words of a file and the marked words among them."""
    ran = prose(path)
    assert ran.returncode == 0, ran.stderr
    words, marked, *_rest = ran.stdout.splitlines()[1].split()
    return int(words), int(marked)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Close the connection.", (3, 0)),
        ("Who is gone is freed at once.", (7, 1)),
        ("It's what THAT one's client wants.", (6, 4)),
        ("Read ``it`` with :func:`that`, or `those <https://which.example/that>`_.", (4, 1)),
        ("Send a reply.\n\n    :param it: the reply.\n    :raises it.That: no reply.", (7, 0)),
        ("For example::\n\n        it = that(one)\n\n    The end.", (4, 0)),
        ("Add.\n\n    >>> it(that)\n    one\n\n    .. code-block:: python\n\n        that = it\n\n    End.", (3, 1)),
        ("Read dcc/core/it.py and that_one before dcc.it.", (3, 0)),
        ("Note.\n\n    .. note::\n\n        That counts.", (3, 1)),
    ],
)
def test_docstrings_count_without_code_literals_fields_and_addresses(
    tmp_path: Path, text: str, expected: tuple[int, int]
) -> None:
    module = tmp_path / "module.py"
    module.write_text(f'def function():\n    """{text}"""\n', encoding="utf-8")
    assert counts(module) == expected


def test_modules_classes_functions_and_constants_have_docstrings_that_count(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""It."""\n\nX = 1\n"""That."""\n\nclass A:\n    """One."""\n\n    async def b(self):\n        """Those."""\n'
        '        return "what"  # which\n',
        encoding="utf-8",
    )
    assert counts(module) == (4, 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# What that is\n\nA page.\n", (5, 2)),
        ("Run `it` or ``that one``; see [those](which.md) and ![it](who.png).\n", (6, 2)),
        ("Text.\n\n    it = that\n\n```sh\nwho\n```\n\nMore text.\n", (3, 0)),
        ("- an item, that\n  goes on\n\n    and on, which counts\n", (9, 2)),
        ("| it | 10 |\n|---|---|\n| `that` | one |\n", (2, 2)),
        ("<!-- it\nthat -->\nA word <br> at https://it.example/\n", (3, 0)),
    ],
)
def test_documents_count_without_code_targets_and_comments(
    tmp_path: Path, text: str, expected: tuple[int, int]
) -> None:
    document = tmp_path / "document.md"
    document.write_text(text, encoding="utf-8")
    assert counts(document) == expected


def test_jsdoc_counts_without_tags_types_and_names(tmp_path: Path) -> None:
    module = tmp_path / "module.js"
    module.write_text(
        "// it\n/** Send that frame. */\nexport function send() {} /* it */\n"
        "/**\n * Paint `it`.\n * @param {{one: number}} those a list\n * @param that what to send\n"
        " * @returns {Promise<that>} the answer, which may fail\n */\n",
        encoding="utf-8",
    )
    assert counts(module) == (14, 3)


def test_a_figure_above_the_limit_fails_and_names_the_worst_places(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text('"""Close the connection of a slow client."""\n', encoding="utf-8")
    (tmp_path / "riddle.py").write_text('\n\n"""Who is what it was is that one."""\n', encoding="utf-8")
    failed = prose("--limit", "6.5", tmp_path)
    assert failed.returncode == 1
    assert f"{tmp_path / 'riddle.py'}:3: 5 in 8 words\n    Who is what it was is that one." in failed.stdout
    assert "33.3 marked words per hundred, above the limit of 6.5" in failed.stdout


def test_a_figure_at_the_limit_passes(tmp_path: Path) -> None:
    (tmp_path / "riddle.py").write_text('"""Who is what it was is that one."""\n', encoding="utf-8")
    passed = prose("--limit", "62.5", tmp_path)
    assert (passed.returncode, passed.stdout.count("riddle")) == (0, 0)


def test_the_files_are_listed_with_the_worst_first(tmp_path: Path) -> None:
    for name, text in (("a.py", '"""A word."""'), ("b.md", "It."), ("c.py", '"""It is."""')):
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    listed = prose("--files", tmp_path).stdout.splitlines()[3:]
    assert [line.rpartition("/")[2] for line in listed] == ["b.md", "c.py", "a.py"]


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    refused = prose(tmp_path / "nothing")
    assert refused.returncode == 2
    assert refused.stderr.endswith(f"{tmp_path / 'nothing'}: no such file or folder\n")
