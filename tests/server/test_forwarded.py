"""Whom a trusted proxy speaks for: the headers, well-formed, forged and malformed."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.web.http_headers import Headers

from dcc.server.addresses import UNKNOWN, spell_address
from dcc.server.web.forwarded import MOST_HOPS, TrustedProxies, parse_proxy

PROXIES = TrustedProxies(map(parse_proxy, ("127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48", "unix")))

NGINX = IPv4Address("TCP", "127.0.0.1", 40000)
STRANGER = IPv4Address("TCP", "203.0.113.9", 40000)

ADA = "198.51.100.7"


def person(peer: IAddress, *headers: tuple[str, str | bytes]) -> str:
    """Return the person of a request with these headers, spelled."""
    given = Headers()
    for name, value in headers:
        given.addRawHeader(name.encode(), value if isinstance(value, bytes) else value.encode())
    return spell_address(PROXIES.person(peer, given))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (ADA, ADA),
        (f"{ADA}:4711", ADA),
        (f" {ADA} ", ADA),
        (f'"{ADA}"', ADA),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ('"[2001:db8::1]:4711"', "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        (f"::ffff:{ADA}", ADA),
        (f"[::ffff:{ADA}]:80", ADA),
        # Forged: what the person wrote stands before what the proxy wrote.
        (f"8.8.8.8, {ADA}", ADA),
        (f"127.0.0.1, {ADA}", ADA),
        (f"10.0.0.1,10.0.0.2,{ADA}", ADA),
        (f"\x1b[2J, {ADA}", ADA),
        (f"{'1.2.3.4, ' * 10_000}{ADA}", ADA),
        (b"\xff\xfe, " + ADA.encode(), ADA),
        # Through several proxies.
        (f"{ADA}, 10.0.0.1", ADA),
        (f"8.8.8.8, {ADA}, 10.1.2.3, 2001:db8:ffff::1, ::ffff:10.0.0.1, 127.0.0.1", ADA),
        (f"{ADA}, unix:", ADA),
        ("10.0.0.8, 10.0.0.1", "10.0.0.8"),
        ("127.0.0.1", "127.0.0.1"),
        (", ".join(f"10.0.{number}.1" for number in range(250, 0, -1)), f"10.0.{MOST_HOPS}.1"),
        # Empty elements are none (RFC 9110, section 5.6.1).
        (f",, {ADA} ,,", ADA),
        ("", "127.0.0.1:40000"),
        (" , ,", "127.0.0.1:40000"),
        # No address of a person.
        ("unknown", UNKNOWN),
        ("_hidden", UNKNOWN),
        ("-", UNKNOWN),
        (f"{ADA}, unknown", UNKNOWN),
        (f"{ADA}, unknown, 10.0.0.1", UNKNOWN),
        ("canvas.example", UNKNOWN),
        ("198.51.100", UNKNOWN),
        ("198.51.100.256", UNKNOWN),
        ("198.051.100.7", UNKNOWN),
        ("[2001:db8::1", UNKNOWN),
        ("[]", UNKNOWN),
        ("[198.51.100.7]]", UNKNOWN),
        (f"{ADA}; 1", UNKNOWN),
        (f"{ADA} 10.0.0.1", UNKNOWN),
        ("\x1b]0;owned\x07", UNKNOWN),
        (b"\xd9\xa1.1.1.1", UNKNOWN),
        ("9" * 16_000, UNKNOWN),
    ],
)
def test_x_forwarded_for_is_read_from_the_end_past_trusted_proxies(line: str | bytes, found: str) -> None:
    assert person(NGINX, ("X-Forwarded-For", line)) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"for={ADA}", ADA),
        (f"For={ADA};Proto=https;By=10.0.0.1", ADA),
        (f"proto=https;for={ADA};host=canvas.example", ADA),
        (f'for="{ADA}"', ADA),
        (f'for="{ADA}:4711"', ADA),
        (f"for={ADA}:4711", ADA),
        (f'for="{ADA}:_port"', ADA),
        ('for="[2001:db8::1]"', "2001:db8::1"),
        ('for="[2001:db8::1]:4711"', "2001:db8::1"),
        ("for=[2001:db8::1]", "2001:db8::1"),
        ('for="\\1\\9\\8.51.100.7"', ADA),
        (f' for={ADA} ; proto=http , for="10.0.0.1" ', ADA),
        (f"for={ADA}, for=10.0.0.1;secret=_x, , ;", ADA),
        (f'host="a, for=8.8.8.8";for={ADA}', ADA),
        (f"for=8.8.8.8, for={ADA}", ADA),
        (f'for="8.8.8.8, 9.9.9.9", for={ADA}', ADA),
        (f"{'for=1.2.3.4, ' * 10_000}for={ADA}", ADA),
        ("for=unknown", UNKNOWN),
        ("for=_hidden", UNKNOWN),
        ('for="_hidden:1"', UNKNOWN),
        (f"for={ADA}, proto=https", UNKNOWN),
        ("for=", UNKNOWN),
        ('for=""', UNKNOWN),
        ("", "127.0.0.1:40000"),
        (" ; , ", "127.0.0.1:40000"),
    ],
)
def test_forwarded_is_read_as_rfc_7239_has_it(line: str, found: str) -> None:
    assert person(NGINX, ("Forwarded", line)) == found


@pytest.mark.parametrize(
    "line",
    [
        'for="',
        f'for=", for={ADA}',
        f'for="1.2.3.4", for={ADA}"',
        f"for={ADA} for=8.8.8.8",
        f"for={ADA};for=8.8.8.8",
        "for",
        "=1.2.3.4",
        "for =1.2.3.4",
        "for==1.2.3.4",
        'for="1.2.3.4"x',
        "for=1.2.3.4\\",
        "\x1b[2J",
        b"for=\xff",
        '"' * 16_000,
    ],
)
def test_a_forwarded_that_cannot_be_read_is_an_error(line: str | bytes) -> None:
    with pytest.raises(ValueError, match="Forwarded cannot be read"):
        person(NGINX, ("Forwarded", line))


def test_several_lines_of_a_header_are_one_list() -> None:
    assert person(NGINX, ("X-Forwarded-For", "8.8.8.8"), ("X-Forwarded-For", f"{ADA}, 10.0.0.1")) == ADA
    assert (
        person(NGINX, ("Forwarded", "for=8.8.8.8"), ("Forwarded", f"for={ADA}"), ("Forwarded", "for=10.0.0.1")) == ADA
    )


def test_both_headers_must_name_the_same_person() -> None:
    assert person(NGINX, ("X-Forwarded-For", f"8.8.8.8, {ADA}"), ("Forwarded", f"for={ADA}")) == ADA
    assert person(NGINX, ("X-Forwarded-For", "2001:DB8::1"), ("Forwarded", 'for="[2001:db8::1]:1"')) == "2001:db8::1"
    for forged in (f"for=8.8.8.8;by={ADA}", "for=127.0.0.1", "for=unknown"):
        with pytest.raises(ValueError, match="name different people"):
            person(NGINX, ("X-Forwarded-For", ADA), ("Forwarded", forged))


@pytest.mark.parametrize(
    "peer",
    [
        STRANGER,
        IPv6Address("TCP", "2001:db8::9", 1),
        IPv6Address("TCP", "::ffff:203.0.113.9", 1),
        IPv4Address("TCP", "x", 1),
    ],
    ids=lambda peer: peer.host,
)
def test_anybody_else_is_believed_nothing(peer: IAddress) -> None:
    for header in (("X-Forwarded-For", ADA), ("Forwarded", f"for={ADA}"), ("Forwarded", 'for="')):
        assert person(peer, header) == spell_address(peer)


@pytest.mark.parametrize(
    "peer",
    [
        NGINX,
        IPv4Address("TCP", "10.255.0.1", 1),
        IPv6Address("TCP", "::ffff:127.0.0.1", 1),
        IPv6Address("TCP", "2001:db8:ffff:1::1", 1),
        UNIXAddress(None),
    ],
    ids=str,
)
def test_a_proxy_is_trusted_by_address_by_network_and_on_a_unix_socket(peer: IAddress) -> None:
    assert person(peer, ("X-Forwarded-For", ADA)) == ADA
    assert person(peer) == spell_address(peer)


def test_without_a_trusted_proxy_nobody_is_believed() -> None:
    headers = Headers({b"X-Forwarded-For": [ADA.encode()]})
    for peer in (NGINX, UNIXAddress(None)):
        assert TrustedProxies().person(peer, headers) is peer


@pytest.mark.parametrize("text", ["", "nginx", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0", "*", "unix:/run/x", "::1/129"])
def test_a_wrong_proxy_is_an_error_for_the_operator(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected an address, a network such as 10\.0\.0\.0/8, or unix"):
        parse_proxy(text)
