"""Numbers, sizes, cells, areas and addresses that people type."""

from __future__ import annotations

import unittest

from dcc.parsing import parse_area, parse_cell, parse_size, show_address, split_address, whole_number


class ParsingTests(unittest.TestCase):
    def test_a_size_has_two_numbers_and_an_x(self) -> None:
        table = {"200x120": (200, 120), "1X1": (1, 1), "0x5": (0, 5), "200": None, "x": None, "-1x2": None}
        for text, size in {**table, "200 x 120": None, "123456x1": None, "２x２": None}.items():
            with self.subTest(text=text):
                self.assertEqual(parse_size(text), size)

    def test_a_cell_has_two_numbers_and_a_comma(self) -> None:
        for text, cell in {
            "10,3": (10, 3),
            "0,0": (0, 0),
            "10": None,
            "10, 3": None,
            "1,2,3": None,
            "a,b": None,
        }.items():
            with self.subTest(text=text):
                self.assertEqual(parse_cell(text), cell)

    def test_an_area_has_a_cell_and_a_size_of_at_least_one_cell(self) -> None:
        table = {
            "10,5,64x48": (10, 5, 64, 48),
            "0,0,1x1": (0, 0, 1, 1),
            "10,5": None,
            "10,5,0x48": None,
            "5,64x48": None,
        }
        for text, area in table.items():
            with self.subTest(text=text):
                self.assertEqual(parse_area(text), area)

    def test_an_address_has_a_host_and_perhaps_a_port(self) -> None:
        table = {
            "example.org": ("example.org", None),
            "192.0.2.7:8080": ("192.0.2.7", "8080"),
            "::1": ("::1", None),
            "[::1]:80": ("::1", "80"),
            "[::1]": ("::1", None),
            "[here]:80": None,
            "": None,
            "a b": None,
            "fe80::1:45743x": None,
        }
        for text, address in table.items():
            with self.subTest(text=text):
                self.assertEqual(split_address(text), address)

    def test_an_ipv6_address_is_shown_in_brackets(self) -> None:
        self.assertEqual(show_address("::1", 80), "[::1]:80")
        self.assertEqual(show_address("example.org", 80), "example.org:80")

    def test_a_number_is_whole_and_within_its_bounds(self) -> None:
        for text, number in {
            "0": None,
            "1": 1,
            "10": 10,
            "11": None,
            "1.5": None,
            "+1": None,
            "9" * 5000: None,
        }.items():
            with self.subTest(text=text[:9]):
                self.assertEqual(whole_number(text, 1, 10), number)
