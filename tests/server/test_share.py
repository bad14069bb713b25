"""``dcc serve --share``: the lines for the room, and the ports."""

from __future__ import annotations

import io
import sys
import unittest
from unittest import mock

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from dcc.core.actions import Entry
from dcc.server import listening
from dcc.server.listening import (
    EVERY_INTERFACE,
    Endpoint,
    address_for_others,
    admits_others,
    link_for_others,
    own_address,
)
from dcc.server.options import SHARED_WEB_PORT, Options
from dcc.server.share import show_owner, show_share
from tests.support.server_process import WebServer

ADDRESS, LINK = "192.0.2.7:45743", "http://192.0.2.7:8080/"


class Terminal(io.StringIO):
    """A terminal with a memory."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


class OldTerminal(Terminal):
    """A terminal without block characters."""

    def write(self, text: str) -> int:
        """Refuse the blocks of a QR code."""
        text.encode("latin-1")
        return super().write(text)


class Port:
    """A port that listens at an address, by default on every interface."""

    def __init__(self, address: IAddress | None = None) -> None:
        self._address = address or IPv4Address("TCP", EVERY_INTERFACE, 8080)

    def getHost(self) -> IAddress:
        """Return the port's address."""
        return self._address


def shown(out: io.StringIO, link: str | None = LINK, *, entry: Entry = Entry.OPEN, is_open: bool = True) -> list[str]:
    """Return the shown lines, without empty lines."""
    show_share(out, ADDRESS, link, entry, is_open=is_open)
    return [line for line in out.getvalue().splitlines() if line]


def parsed(*words: str) -> Options:
    """Return the options of a command line."""
    options = Options()
    options.parseOptions(["--lang", "en", "--store", "memory:", *words])
    return options


class LinkTests(unittest.TestCase):
    def test_a_file_gets_the_link_on_a_line_of_its_own(self) -> None:
        lines = shown(io.StringIO())
        self.assertEqual(lines[1:], [f"    {LINK}"])
        self.assertIn("anybody who can reach this address can paint", lines[0])

    def test_the_room_is_told_who_can_paint(self) -> None:
        for entry, words in (
            (Entry.OPEN, "anybody who can reach this address can paint"),
            (Entry.CODE, "whoever says the code can paint, and everybody else watches"),
            (Entry.KEYS, "whoever has a key can paint, and everybody else watches"),
        ):
            self.assertIn(words, shown(io.StringIO(), entry=entry)[0])

    def test_a_terminal_gets_the_link_and_its_qr_code(self) -> None:
        lines = shown(Terminal())
        self.assertIn(LINK, lines[1])
        code = lines[2:]
        self.assertGreater(len(code), 10)
        self.assertEqual({len(line) for line in code}, {len(code[0])})
        self.assertRegex(code[3], "^\x1b\\[97;40m[ █▀▄]+\x1b\\[0m$")

    def test_without_the_library_a_terminal_gets_the_link_and_a_hint(self) -> None:
        with mock.patch.dict(sys.modules, {"segno": None}):
            lines = shown(Terminal())
        self.assertIn(LINK, lines[1])
        self.assertEqual(lines[2:], ["For a QR code here: pip install 'drawcolorcanvas[web]'"])

    def test_without_a_page_the_room_is_shown_the_command_and_a_hint(self) -> None:
        self.assertEqual(
            shown(io.StringIO(), link=None)[1:],
            [f"    dcc draw {ADDRESS}", "For a page in their browsers: pip install 'drawcolorcanvas[web]'"],
        )

    def test_without_a_network_the_operator_is_told(self) -> None:
        self.assertIn("Only this computer can join", shown(io.StringIO(), is_open=False)[0])

    def test_the_owners_link_has_a_line_of_its_own_in_a_terminal(self) -> None:
        terminal, file = Terminal(), io.StringIO()
        for out in (terminal, file):
            show_owner(out, "Only for you:", f"{LINK}#clave=abc")
        self.assertIn(f"    \x1b[1m{LINK}#clave=abc\x1b[0m", terminal.getvalue().splitlines())
        self.assertEqual(file.getvalue(), f"Only for you: {LINK}#clave=abc\n")

    def test_a_terminal_that_cannot_show_blocks_does_no_harm(self) -> None:
        shown(OldTerminal())
        show_share(None, ADDRESS, LINK, Entry.OPEN, is_open=True)

    def test_the_link_names_this_machine_where_every_interface_is_listened_on(self) -> None:
        endpoint = Endpoint("tcp:8080", "0.0.0.0:8080", "--http")
        with mock.patch.object(listening, "own_address", return_value="192.0.2.7"):
            self.assertEqual(link_for_others(Port(), endpoint), LINK)
            self.assertEqual(address_for_others(Port(), endpoint), "192.0.2.7:8080")

    def test_no_link_leads_to_a_unix_socket(self) -> None:
        endpoint = Endpoint("unix:/run/dcc.sock", "unix:/run/dcc.sock", "--http")
        self.assertIsNone(link_for_others(Port(UNIXAddress("/run/dcc.sock")), endpoint))

    def test_a_port_of_this_machine_alone_admits_no_others(self) -> None:
        for host in ("127.0.0.1", "127.9.9.9"):
            self.assertFalse(admits_others(Port(IPv4Address("TCP", host, 8080))), host)
        self.assertFalse(admits_others(Port(IPv6Address("TCP", "::1", 8080))))
        self.assertFalse(admits_others(Port(UNIXAddress("/run/dcc.sock"))))
        self.assertTrue(admits_others(Port(IPv4Address("TCP", "192.0.2.7", 8080))))
        self.assertTrue(admits_others(Port(IPv6Address("TCP", "2001:db8::7", 8080))))

    def test_every_interface_admits_others_where_there_is_a_network(self) -> None:
        for own, admits in (("192.0.2.7", True), ("127.0.0.1", False)):
            with mock.patch.object(listening, "own_address", return_value=own):
                self.assertEqual(admits_others(Port()), admits, own)

    def test_without_a_route_this_machine_is_127_0_0_1(self) -> None:
        with mock.patch.object(listening.socket, "socket") as made:
            made.return_value.__enter__.return_value.connect.side_effect = OSError(101, "Network is unreachable")
            self.assertEqual(own_address(), "127.0.0.1")


class OptionsTests(unittest.TestCase):
    def test_share_listens_on_every_interface_and_serves_the_page(self) -> None:
        options = parsed("--share")
        self.assertEqual(options.endpoint.where, "0.0.0.0:45743")
        assert options.web_endpoint is not None
        self.assertEqual(options.web_endpoint.where, f"0.0.0.0:{SHARED_WEB_PORT}")
        self.assertEqual((options.is_shared, options.is_web_required), (True, False))

    def test_options_that_are_given_decide_over_share(self) -> None:
        options = parsed("--share", "--http", "8081", "--interface", "192.0.2.7")
        assert options.web_endpoint is not None
        self.assertEqual(options.web_endpoint.where, "192.0.2.7:8081")
        self.assertTrue(options.is_web_required)

    def test_without_share_only_this_machine_can_connect(self) -> None:
        options = parsed()
        self.assertEqual(options.endpoint.where, "127.0.0.1:45743")
        self.assertEqual((options.web_endpoint, options.is_shared), (None, False))

    def test_the_longest_request_fits_whatever_the_options(self) -> None:
        self.assertNotIn("max-payload", parsed())


class ProcessTests(unittest.TestCase):
    def test_a_shared_server_prints_the_link_past_the_log(self) -> None:
        with WebServer("--share", "--interface", "127.0.0.1", language="en") as server:
            line = server.wait_for(r"^    http://127\.0\.0\.1:(\d+)/$")
            self.assertEqual(int(line[1]), server.web_port)
