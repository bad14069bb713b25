"""The names in Twisted beyond documented interfaces."""

from __future__ import annotations

import unittest

import pytest
from twisted.internet import tcp
from twisted.internet.testing import StringTransport
from twisted.python.reflect import namedAny
from twisted.web.http import HTTPChannel

from dcc.server.twisted_internals import USED, is_plain_socket

OF_INSTANCES = {
    "twisted.web.http.HTTPChannel": {"_command", "requests"},
    "twisted.internet.tcp.Port": {"numberAccepts"},
}
"""Names of objects in use, missing in their class."""


class InternalsTests(unittest.TestCase):
    @pytest.mark.tls
    def test_twisted_has_every_name_that_the_server_uses(self) -> None:
        for class_name, names in USED.items():
            for name in names:
                if name not in OF_INSTANCES.get(class_name, ()):
                    with self.subTest(class_name=class_name, name=name):
                        self.assertTrue(hasattr(namedAny(class_name), name))

    def test_a_channel_has_the_names_of_a_request_that_it_reads(self) -> None:
        channel = HTTPChannel()
        channel.makeConnection(StringTransport())
        channel.dataReceived(b"GET / HTTP/1.1\r\n")
        for name in OF_INSTANCES["twisted.web.http.HTTPChannel"]:
            with self.subTest(name=name):
                self.assertTrue(hasattr(channel, name))
        self.assertEqual(channel._command, b"GET")

    def test_a_port_reads_how_many_connections_to_accept_at_a_time(self) -> None:
        self.assertIn("numberAccepts", tcp.Port.doRead.__code__.co_names)

    def test_only_a_socket_without_tls_is_plain(self) -> None:
        connection = tcp.Connection.__new__(tcp.Connection)
        self.assertTrue(is_plain_socket(connection))
        connection.TLS = True
        self.assertFalse(is_plain_socket(connection))
        self.assertFalse(is_plain_socket(StringTransport()))
