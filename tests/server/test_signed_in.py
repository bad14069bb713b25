"""Who has signed in elsewhere: names in a header of a trusted proxy, well-formed, forged and malformed."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.web.http_headers import Headers

from dcc.errors import ProtocolError
from dcc.server.web.forwarded import TrustedProxies, parse_proxy
from dcc.server.web.signed_in import SignIn, parse_header

PROXY = IPv4Address("TCP", "127.0.0.1", 40000)
STRANGER = IPv4Address("TCP", "203.0.113.9", 40000)
SIGN_IN = SignIn("X-Forwarded-User", TrustedProxies(map(parse_proxy, ("127.0.0.1", "unix"))))


def name(*values: str | bytes, peer: IAddress = PROXY, header: str = "X-Forwarded-User") -> str:
    """Return who has signed in, by a request with these values of a header."""
    given = Headers()
    for value in values:
        given.addRawHeader(header.encode(), value if isinstance(value, bytes) else value.encode())
    return SIGN_IN.name(peer, given)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("ada", "ada"),
        ("ada@example.org", "ada@example.org"),
        ("Ada Lovelace", "Ada Lovelace"),
        (" ada\t", "ada"),
        ("Núria", "Núria"),
        ("מרים", "מרים"),
        ("x" * 32, "x" * 32),
        ("DCC", "DCC"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_the_name_is_that_in_the_header_of_a_trusted_proxy(sent: str, read: str) -> None:
    assert name(sent) == read
    assert name(sent, peer=UNIXAddress(None)) == read
    assert name(sent, header="x-forwarded-user") == read


def test_without_the_header_nobody_has_signed_in() -> None:
    assert name() == ""
    assert name("ada", header="Remote-User") == ""


@pytest.mark.parametrize("sent", ["ada", "dcc", "x" * 5000, b"\xff", "a\x1b[2Jb", "ada, eve"])
def test_the_header_of_anybody_else_is_not_read(sent: str | bytes) -> None:
    assert name(sent, peer=STRANGER) == ""
    assert name(sent, peer=IPv4Address("TCP", "127.0.0.2", 1)) == ""


@pytest.mark.parametrize("sent", ["ada", "dcc", b"\xff"])
def test_no_header_is_read_unless_the_operator_asks_for_it(sent: str | bytes) -> None:
    given = Headers({b"X-Forwarded-User": [sent if isinstance(sent, bytes) else sent.encode()]})
    assert SignIn(None, TrustedProxies([parse_proxy("127.0.0.1")])).name(PROXY, given) == ""


REFUSED: dict[str, tuple[str | bytes, ...]] = {
    "two headers": ("eve", "ada"),
    "two headers, one of them empty": ("ada", ""),
    "two equal headers": ("ada", "ada"),
    "two names in one header": ("eve, ada",),
    "a name too long": ("x" * 33,),
    "a whole book": ("x" * 15_000,),
    "Latin-1": ("Núria".encode("latin-1"),),
    "half a character": ("Núria".encode()[:2],),
    "half a surrogate pair": (b"\xed\xa0\x80",),
    "an overlong form": (b"\xc0\xaf",),
    "an escape of a terminal": ("ada\x1b[2J",),
    "a tab within": ("ada\teve",),
    "a NUL": ("ada\0",),
    "a delete": ("ada\x7f",),
    "a space of no width": ("a\u200bda",),
    "a byte order mark": ("\ufeffada",),
    "a mark of writing direction": ("ada\u202e",),
    "a line separator": ("ada\u2028eve",),
    "a space that does not break": ("Ada\u00a0Lovelace",),
    "letters with separate marks": ("Nu\u0301ria",),
    "the operator's name": ("dcc",),
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_a_name_that_cannot_be_one_person_is_refused_in_a_line_that_any_screen_can_show(
    sent: tuple[str | bytes, ...],
) -> None:
    with pytest.raises(ProtocolError) as refused:
        name(*sent)
    assert refused.value.code == "sesion-sin-nombre"
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 250
    assert "X-Forwarded-User" in str(refused.value)


@pytest.mark.parametrize("text", ["X-Forwarded-User", "Remote-User", "x_user"])
def test_the_name_of_a_header_is_taken(text: str) -> None:
    assert parse_header(text) == text


@pytest.mark.parametrize("text", ["", "X User", "X-User:", "Nombre-é", "X\r\nUser", "x" * 101])
def test_anything_else_is_no_name_of_a_header(text: str) -> None:
    with pytest.raises(ValueError, match="expected the name of a header, such as X-Forwarded-User"):
        parse_header(text)
