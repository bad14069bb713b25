"""The address of an engine and a canvas."""

from __future__ import annotations

import pytest

from dcc.cluster.address import ClusterAddress
from dcc.errors import DccError


@pytest.mark.parametrize(
    ("text", "nodes", "name", "is_tls"),
    [
        ("nats://example.org/class", (("example.org", 4222),), "class", False),
        ("tls://a:1,b,[::1]:5/A_b-9", (("a", 1), ("b", 4222), ("::1", 5)), "A_b-9", True),
        ("NATS://::1,10.0.0.1,10.0.0.1/x", (("::1", 4222), ("10.0.0.1", 4222)), "x", False),
    ],
)
def test_an_address_has_nodes_and_a_name(text: str, nodes: object, name: str, is_tls: bool) -> None:
    address = ClusterAddress.parse(text)
    assert (address.nodes, address.name, address.is_tls) == (nodes, name, is_tls)
    assert ClusterAddress.parse(str(address)) == address


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "'': expected nats://HOST"),
        ("a/b", "'a/b': expected nats://HOST"),
        ("http://a/b", "'http://a/b': expected nats://HOST"),
        ("nats://a", "'nats://a': after the hosts comes /NAME"),
        ("nats://a/b/c", "'nats://a/b/c': after the hosts comes /NAME"),
        ("nats://a/b.c", "'nats://a/b.c': after the hosts comes /NAME"),
        ("nats:///b", "'nats:///b': '' is not HOST or HOST:PORT"),
        ("nats://a,,c/b", "'nats://a,,c/b': '' is not HOST or HOST:PORT"),
        ("nats://a b/c", "'nats://a b/c': 'a b' is not HOST or HOST:PORT"),
        ("nats://a:65536/b", "'65536': a port is a number from 1 to 65535"),
    ],
)
def test_another_text_is_refused_in_one_line(text: str, line: str) -> None:
    with pytest.raises(DccError) as caught:
        ClusterAddress.parse(text)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    with pytest.raises(DccError) as caught:
        ClusterAddress.parse("nats://ana:secret@example.org/b")
    assert "secret" not in str(caught.value)
    assert "--cluster-credentials" in str(caught.value)
