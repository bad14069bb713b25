"""The entries of a log that servers share, as bytes."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcc.core.actions import Announce, Ban, Clear, Freeze, Rectangle
from dcc.core.canvas import fill_pixels
from dcc.core.placements import LATEST_MS, Painter, Stroke
from dcc.record.entries import (
    Acted,
    Beginning,
    Contribution,
    NewerEntry,
    Painted,
    SnapshotKept,
    Start,
    Witness,
    decode,
    encode,
)
from dcc.record.rows import Damage

WITNESS = Witness(7, 99, bytes(range(16)))

_numbers = st.integers(0, 2**63 - 1)
_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=32)
_painters = st.builds(Painter, _numbers, _words, _words, st.booleans())
_pixels = st.lists(st.binary(min_size=5, max_size=5), min_size=1, max_size=9).map(b"".join)
_contents: st.SearchStrategy[Any] = st.one_of(
    st.builds(Beginning, _words),
    st.builds(Start, _words),
    st.builds(Painted, st.lists(st.builds(Stroke, _painters, _pixels), min_size=1, max_size=9)),
    st.builds(
        Acted,
        _painters,
        st.sampled_from([Freeze(), Clear(Rectangle(1, 2, 3, 4)), Announce("¡hola!"), Ban("Eva", "", "why", False, 5)]),
        st.one_of(st.just(b""), _pixels),
    ),
    st.builds(SnapshotKept, _numbers, _words),
)
_contributions = st.builds(
    Contribution,
    st.text("0123456789abcdef", min_size=1, max_size=64),
    st.binary(min_size=8, max_size=8),
    st.binary(min_size=16, max_size=16),
    st.integers(1, 2**63 - 1),
    st.builds(Witness, _numbers, _numbers, st.binary(min_size=16, max_size=16)),
    _numbers,
    st.integers(0, LATEST_MS - 1),
    _contents,
)


def _entry(content: Any) -> bytes:
    return encode(Contribution("0123", bytes(8), bytes(16), 1, WITNESS, 0, 1_700_000_000_000, content))


def _with_checksum(body: bytes) -> bytes:
    return body + zlib.crc32(body).to_bytes(4, "little")


@settings(deadline=None)
@given(_contributions)
def test_what_was_encoded_is_decoded(said: Contribution) -> None:
    assert decode(encode(said)) == said


@settings(deadline=None)
@given(_contributions, st.data())
def test_an_entry_cut_short_or_changed_is_damage(said: Contribution, data: st.DataObject) -> None:
    payload = encode(said)
    length = data.draw(st.integers(0, len(payload) - 1))
    with pytest.raises(Damage):
        decode(payload[:length])
    place, change = data.draw(st.integers(4, len(payload) - 1)), data.draw(st.integers(1, 255))
    with pytest.raises(Damage):
        decode(payload[:place] + bytes([payload[place] ^ change]) + payload[place + 1 :])


@settings(deadline=None)
@given(_contributions, st.data())
def test_wrong_values_under_a_right_checksum_are_damage_or_values(said: Contribution, data: st.DataObject) -> None:
    body = bytearray(encode(said)[:-4])
    for _change in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(5, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = decode(_with_checksum(bytes(body)))
    except Damage:
        return
    assert decode(encode(found)) == found


def test_an_entry_of_a_newer_version_says_so() -> None:
    with pytest.raises(NewerEntry, match="update dcc"):
        decode(b"dcc\x02" + bytes(100))


@pytest.mark.parametrize(
    "content",
    [
        Painted([]),
        Painted([Stroke(Painter(1, "", ""), b"")]),
    ],
    ids=["no stroke", "no pixels"],
)
def test_a_batch_without_pixels_is_damage(content: Painted) -> None:
    with pytest.raises(Damage):
        decode(_entry(content))


def test_a_clear_of_a_million_cells_fits_into_an_entry() -> None:
    pixels = fill_pixels(list(range(1_048_576)), 3)
    payload = _entry(Acted(Painter(1, "", ""), Clear(None), pixels))
    assert len(payload) < 100_000
    content = decode(payload).content
    assert isinstance(content, Acted)
    assert content.pixels == pixels
