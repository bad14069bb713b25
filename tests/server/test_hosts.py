"""The names that this server goes by, and what a request for another name is told."""

from __future__ import annotations

import socket

import pytest

from dcc.server.web.hosts import Host, KnownHosts, parse_authority, parse_name


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        (b"localhost", Host("localhost", is_address=False)),
        (b"LocalHost:8080", Host("localhost", is_address=False)),
        (b"canvas.example.org", Host("canvas.example.org", is_address=False)),
        (b"Canvas.Example.ORG.:443", Host("canvas.example.org", is_address=False)),
        (b"canvas_1:", Host("canvas_1", is_address=False)),
        (b"xn--mnchen-3ya.example", Host("xn--mnchen-3ya.example", is_address=False)),
        (b"127.0.0.1", Host("127.0.0.1", is_address=True)),
        (b"127.0.0.1.:8080", Host("127.0.0.1", is_address=True)),
        (b"192.168.1.20:8080", Host("192.168.1.20", is_address=True)),
        (b"[::1]", Host("::1", is_address=True)),
        (b"[2001:DB8::1]:8080", Host("2001:db8::1", is_address=True)),
        (b"[fe80::1%eth0]", Host("fe80::1%eth0", is_address=True)),
        # Not as browsers write addresses: names.
        (b"127.1", Host("127.1", is_address=False)),
        (b"0x7f000001", Host("0x7f000001", is_address=False)),
        (b"192.168.1.020", Host("192.168.1.020", is_address=False)),
        (b"192.168.1.20.evil.example", Host("192.168.1.20.evil.example", is_address=False)),
    ],
)
def test_a_host_is_read_without_its_port(authority: bytes, host: Host) -> None:
    assert parse_authority(authority) == host


@pytest.mark.parametrize(
    "authority",
    [
        b"",
        b":8080",
        b".",
        b"a b",
        b"a,b",
        b"a/b",
        b"http://a",
        b"user@a",
        b"a:b",
        b"a:999999",
        b"a:80:80",
        b"::1",
        b"[::1",
        b"[]",
        b"[localhost]",
        b"[::1]x",
        b"[::g]",
        b"m\xc3\xbcnchen.example",
        b"a\x1b[2J",
        b"*",
        b".example",
        b"a" * 254,
    ],
)
def test_a_host_that_is_none_is_an_error(authority: bytes) -> None:
    with pytest.raises(ValueError):
        parse_authority(authority)


def test_addresses_localhost_names_of_the_machine_and_given_names_are_known() -> None:
    hosts = KnownHosts(["canvas.example.org", "xn--mnchen-3ya.example"])
    own = socket.gethostname().lower()
    for name in (
        *("127.0.0.1", "192.168.1.20", "[::1]", "[2001:db8::1]", "localhost", "LOCALHOST.", "canvas.localhost"),
        *("canvas.example.org", "CANVAS.example.org.", "xn--mnchen-3ya.example", own, f"{own.partition('.')[0]}.local"),
    ):
        assert hosts.include(parse_authority(name.encode())), name
    for name in (
        *("evil.example", "example.org", "a.canvas.example.org", "canvas.example.org.evil.example", "127.1"),
        *("localhost.evil.example", "notlocalhost", "127.0.0.1.nip.io", f"{own}.evil.example"),
    ):
        assert not hosts.include(parse_authority(name.encode())), name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("canvas.example.org", "canvas.example.org"),
        ("Canvas.Example.org.", "canvas.example.org"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("pi", "pi"),
        ("192.168.1.20", "192.168.1.20"),
    ],
)
def test_a_name_is_read_as_browsers_send_it(text: str, name: str) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize(
    "text", ["", "https://a.example", "a.example:8080", "a.example/", "*", "*.example", "a b", "ü b"]
)
def test_a_wrong_name_is_an_error_for_the_operator(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a name such as canvas\.example\.org"):
        parse_name(text)
