"""What a server says of itself, as bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc.cluster.server_state import ServerState

STATE = ServerState("0123", "one", 3, 7, 99, "the disk is full")


@pytest.mark.parametrize("state", [STATE, ServerState("0123", "one", 0, 0, 0)])
def test_a_state_is_read_as_it_was_said(state: ServerState) -> None:
    assert ServerState.decode(state.encode()) == state


@given(st.one_of(st.binary(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_other_bytes_are_no_state(payload: bytes | str) -> None:
    assert ServerState.decode(payload.encode() if isinstance(payload, str) else payload) is None


@pytest.mark.parametrize("key", ["servidor", "nombre", "usuarios", "posicion", "secuencia"])
@pytest.mark.parametrize("value", [None, -1, 1.5, [], True])
def test_a_wrong_value_makes_it_no_state(key: str, value: object) -> None:
    assert ServerState.decode(json.dumps({**json.loads(STATE.encode()), key: value}).encode()) is None


def test_a_name_steers_no_screen() -> None:
    state = ServerState.decode(json.dumps({**json.loads(STATE.encode()), "nombre": "\x1b[2Jone"}).encode())
    assert state is not None
    assert state.name == "[2Jone"
