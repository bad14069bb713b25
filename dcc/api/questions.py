"""Questions about the past, and their answers as programs read them."""

from __future__ import annotations

from dcc.api.board import Author, History, Look, Moment, time_of
from dcc.api.connection import Connection
from dcc.client.link import Link


async def ask_history(connection: Connection) -> History:
    """Ask how far the history goes; raises as :meth:`.Connection.ask`."""
    answer = await connection.ask(Link.ask_history)
    first, last = (None if time_ms is None else time_of(time_ms) for time_ms in (answer.first_ms, answer.last_ms))
    return History(answer.sequence, first, last)


async def ask_moment(connection: Connection, placement: int) -> Moment:
    """Ask for the board after a number of placements; raises as :meth:`.Connection.ask`."""
    answer = await connection.ask(lambda link: link.ask_board(placement))
    look = connection.look()
    assert look is not None  # of a link that was live
    board = Look(look.width, look.height, look.palette, answer.colours)
    return Moment(board, answer.sequence, time_of(answer.time_ms) if answer.time_ms else None)


async def ask_author(connection: Connection, column: int, row: int) -> Author | None:
    """Ask who painted a cell; raises as :meth:`.Connection.ask`."""
    answer = await connection.ask(lambda link: link.ask_author(column, row))
    if answer.time_ms is None or answer.sequence is None:
        return None
    return Author(column, row, answer.name or "", answer.is_proven, time_of(answer.time_ms), answer.sequence)
