"""The help of ``dcc serve``: every option once, in its group, with its default, in both languages."""

from __future__ import annotations

import errno
import io
import re
import unittest
from collections import Counter
from unittest import mock

from dcc import limits
from dcc.errors import OutputError
from dcc.language import speak
from dcc.server.options import Options, option_groups


class FullDisk(io.StringIO):
    """Standard output on a disk without space."""

    def write(self, _text: str) -> int:
        """Fail as the system does."""
        raise OSError(errno.ENOSPC, "No space left on device")


class HelpTests(unittest.TestCase):
    def setUp(self) -> None:
        speak("en")
        self.addCleanup(speak, "en")

    def test_every_option_stands_in_one_group(self) -> None:
        named = Counter(option.name for _title, group in option_groups() for option in group)
        self.assertEqual(set(named), {name.rstrip("=") for name in Options().longOpt})
        self.assertEqual(set(named.values()), {1})

    def test_the_groups_are_sharing_names_board_servers_people_limits_log_and_advanced(self) -> None:
        expected = ["Sharing", "Names and proxies (each may be repeated)", "Board"]
        expected += ["Several servers", "People", "Limits", "Log", "Advanced"]
        self.assertEqual([title for title, _group in option_groups()], expected)
        self.assertEqual(re.findall(r"(?m)^(\w.*):$", Options().getUsage()), expected)

    def test_the_help_names_the_default_of_every_option_that_has_one(self) -> None:
        options = Options()
        texts = {option.name: option.text for _title, group in option_groups() for option in group}
        for name, default in options.defaults.items():
            if default not in (None, 0):
                with self.subTest(option=name):
                    self.assertIn(f"[default: {default}]", texts[name])

    def test_an_option_with_a_value_says_so(self) -> None:
        takes = {name.rstrip("="): name.endswith("=") for name in Options().longOpt}
        for _title, group in option_groups():
            for option in group:
                with self.subTest(option=option.name):
                    self.assertEqual(bool(option.value), takes[option.name])

    def test_the_help_fits_the_width_and_breaks_no_default(self) -> None:
        for width in (60, 80, 100, 200):
            usage = Options().getUsage(width)
            self.assertLessEqual(max(map(len, usage.splitlines())), min(width, 100))
            self.assertIn(f"[default: {limits.ADDRESS_BYTES_A_SECOND}]", usage)
            self.assertIn("[default: the 8 colours of AF06]", " ".join(usage.split()))

    def test_help_and_version_that_cannot_be_written_are_a_fault_in_a_line(self) -> None:
        for word in ("--help", "--version"):
            with (
                self.subTest(word),
                mock.patch("sys.stdout", FullDisk()),
                self.assertRaisesRegex(OutputError, "cannot write standard output: No space left on device"),
            ):
                Options().parseOptions(["--lang", "en", word])

    def test_a_short_name_stands_before_the_long_one(self) -> None:
        self.assertIn("-p, --port=PORT", Options().getUsage())
        self.assertIn("-i, --interface=ADDRESS", Options().getUsage())
