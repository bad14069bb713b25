"""Painting by a script: an image, or what is missing of a shared template."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm
from twisted.python.failure import Failure

from dcc import limits, reasons
from dcc.client import script
from dcc.client.link import LinkState
from dcc.client.rights import Rights
from dcc.client.templates import Template
from dcc.core.canvas import Canvas
from dcc.core.palette import AF06, Palette
from dcc.errors import DccError, ImageError, ServerUnavailable
from dcc.images.placing import put, tell_size
from dcc.language import _, ngettext, number
from dcc.later import Later
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    Cooldown,
    NamedBoard,
    Rejected,
    RulesNews,
    ServerMessage,
    WholeBoard,
)
from dcc.wording import clip

_VERSION_1_REQUEST = 0
"""Version 1 numbers no requests: all unanswered pixels count as one request."""

REQUESTS_IN_FLIGHT = 8
"""Unanswered requests at a time: the server always has the next at hand as a commit ends, and little is in doubt after
a lost connection."""

VERSION_1_PAINTS_IN_FLIGHT = 32
"""Paints to a version 1 server before looking at the boards in answer, each of tens of kilobytes: a server with
blocking sockets must not be left waiting."""

ANSWER_SECONDS = 60.0
"""Longest silence while an answer to a paint is owed: a slower server has lost the paint."""

_TOO_LARGE = ("", reasons.ONE_CELL.code, reasons.TOO_MANY_CELLS.code)
"""Codes of a rejection of more pixels than a painter can gather."""

_TOLD_SECONDS = 5
"""Shortest painting whose length is told: nobody wonders about a shorter one."""

_LONGEST_PAUSE_SECONDS = 3600.0
"""Longest pause that a server can impose: an error in the server's arithmetic must not stop a script for a year."""


def _clock(seconds: int) -> str:
    """Write a duration as ``HOURS:MM:SS``."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def say(line: str) -> None:
    """Say a line above the progress bar."""
    tqdm.write(f"dcc paint: {line}", file=sys.stderr)


Plan = Callable[[Canvas, Palette], tuple[NDArray[np.intp], NDArray[np.uint8]]]
"""Finds what to paint on a board with the colours of a palette: cells in the order of painting, and their colours."""


def plan_image(image: Image.Image, at: tuple[int, int], width: int | None, *, mixes: bool) -> Plan:
    """Plan to paint an image; see :func:`dcc.images.placing.put`."""

    def plan(canvas: Canvas, palette: Palette) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
        placed = put(image, at, width, mixes=mixes, board=(canvas.width, canvas.height), palette=palette)
        if told := tell_size(image, placed.placement):
            say(told)
        rows, columns = np.nonzero(placed.opaque)
        cells = (rows + placed.placement.row) * canvas.width + columns + placed.placement.column
        return cells, placed.colours[placed.opaque]

    return plan


def plan_template(template: Template, rights: Rights) -> Plan:
    """Plan to paint what this client may paint of a shared template, in any order: several people start elsewhere."""

    def plan(canvas: Canvas, _palette: Palette) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
        place, (colours, painted) = template.place, template.pixels
        pixels = np.flatnonzero(np.frombuffer(painted, np.uint8))
        cells = (pixels // place.width + place.row) * canvas.width + pixels % place.width + place.column
        allowed = rights.map()
        if allowed is not None:
            own = np.frombuffer(allowed, np.uint8)[cells] == 1
            if left := int(np.count_nonzero(~own)):
                line = ngettext("{count} pixel is left to others", "{count} pixels are left to others", left)
                say(line.format(count=number(left)))
            pixels, cells = pixels[own], cells[own]
        order = np.random.default_rng().permutation(len(cells))
        return cells[order], np.frombuffer(colours, np.uint8)[pixels[order]]

    return plan


class Painting:
    """A :class:`dcc.client.script.Work` that paints what was planned, such as an image.

    A pixel is done once the server acknowledged its request, or once the board shows its colour. After every lost
    connection the rest is found again from the board: nothing in doubt is left out, and no pixel on the board is
    painted twice.
    """

    def __init__(self, plan: Plan, bar: tqdm[NoReturn], *, stays: bool = False) -> None:
        """
        :param bar: shows the progress.
        :param stays: whether a pixel that somebody else has painted over since is painted again.
        """
        self._plan = plan
        self._bar = bar
        self._stays = stays
        self._canvas: Canvas | None = None
        self._cells: NDArray[np.intp]
        self._colours: NDArray[np.uint8]
        self._done: NDArray[np.bool_]
        self._already = 0
        self._waiting: NDArray[np.intp]  # neither done nor on their way
        self._pause: Later
        self._deadline: Later
        self._on_their_way: dict[int, NDArray[np.intp]] = {}
        self._requests_in_flight = REQUESTS_IN_FLIGHT
        self._pace_was_told = False

    @property
    def summary(self) -> str:
        """One line about the finished painting."""
        painted = len(self._done) - self._already
        line = ngettext("painted {count} pixel", "painted {count} pixels", painted).format(count=number(painted))
        if self._already:
            already = ngettext("; {count} already matched", "; {count} already matched", self._already)
            line += already.format(count=number(self._already))
        return line

    @property
    def what_is_left(self) -> str:
        """The end of a line about an unfinished painting; empty if no pixel was sent yet."""
        if self._canvas is None:
            return ""
        return _("; {left} of {all} pixels are not painted yet, the same command continues").format(
            left=number(self._left), all=number(len(self._done))
        )

    @property
    def _left(self) -> int:
        return len(self._done) - int(np.count_nonzero(self._done))

    # --- Work ------------------------------------------------------------------------------------

    def begin(self, script: script.Script) -> None:
        """See :class:`dcc.client.script.Work`."""
        if self._canvas is None:
            self._pause, self._deadline = script.timer(), script.timer()
        self._script = script
        self._on_their_way.clear()
        self._pause.cancel()
        self._deadline.cancel()
        self._look_at_board()
        self._waiting = np.flatnonzero(~self._done)
        self._go_on()

    def message_received(self, message: ServerMessage) -> None:
        """See :class:`dcc.client.script.Work`."""
        match message:
            case WholeBoard() if self._script.link.replica.canvas is not self._canvas:
                self.begin(self._script)  # the board was given another size
            case Acknowledged() if message.request in self._on_their_way:
                self._done[self._on_their_way.pop(message.request)] = True
                if not self._script.link.replica.has_cooldown:  # otherwise a Cooldown follows the answer
                    self._go_on()
            case Rejected() if message.request in self._on_their_way:
                self._take_back(message)
            case Cooldown():
                if not self._on_their_way:  # after an answer: the whole pause between two pixels
                    self._tell_pace(message)
                self._rest(message.wait_ms)
            case Changes() if self._stays:
                self._go_on()
            case NamedBoard():
                self._look_at_board()
                if self._done[self._on_their_way.get(_VERSION_1_REQUEST, [])].all():
                    self._on_their_way.clear()
                self._go_on()

    def _look_at_board(self) -> None:
        """Count matching pixels of the board as done."""
        replica = self._script.link.replica
        canvas = replica.canvas
        assert canvas is not None  # while the board is live
        if canvas is not self._canvas:
            # A server of version 1 does not send its palette, but accepts the eight colours of AF06.
            self._start_on(canvas, AF06 if replica.version == 1 else canvas.palette)
            self._canvas = canvas
        self._done |= self._is_shown(canvas)

    def _is_shown(self, canvas: Canvas) -> NDArray[np.bool_]:
        shown: NDArray[np.bool_] = np.frombuffer(canvas.colours, np.uint8)[self._cells] == self._colours
        return shown

    def _start_on(self, canvas: Canvas, palette: Palette) -> None:
        self._cells, self._colours = self._plan(canvas, palette)
        self._done = self._is_shown(canvas)
        self._already = int(np.count_nonzero(self._done))
        self._bar.reset(len(self._done))

    def _take_back(self, message: Rejected) -> None:
        """Paint the pixels of a rejected request again: later if the server says when, or fewer at a time.

        :raises ImageError: neither is possible.
        """
        pixels = self._on_their_way.pop(message.request)
        # The cooldown was not known yet, or has changed. Servers before 0.2 send no code.
        was_too_large = len(pixels) > 1 and self._script.link.replica.has_cooldown and message.code in _TOO_LARGE
        if message.retry_ms is None and not was_too_large:
            reason = reasons.tell(message.code, message.values, message.reason)
            raise ImageError(_("the server refuses: {reason}").format(reason=reason))
        self._waiting = np.concatenate([pixels, self._waiting])
        self._requests_in_flight = 1  # further requests would be rejected too
        if message.retry_ms is None:
            self._go_on()
        else:
            self._tell_rate(message)
            self._rest(message.retry_ms)

    def _rest(self, wait_ms: int) -> None:
        """Send nothing for this long."""
        self._pause.set(min(max(0, wait_ms) / 1000, _LONGEST_PAUSE_SECONDS), self._script.guarded, self._go_on)
        self._go_on()

    def _tell_pace(self, cooldown: Cooldown) -> None:
        seconds = (cooldown.each_ms or cooldown.wait_ms) / 1000
        waiting = self._left - cooldown.charges
        if waiting > 0 and seconds > 0 and not self._pace_was_told:
            self._pace_was_told = True
            say(
                _("the server accepts a pixel every {seconds} s: {left} pixels take about {time}; Ctrl+C stops").format(
                    seconds=number(seconds), left=number(self._left), time=_clock(round(waiting * seconds))
                )
            )

    def _tell_rate(self, message: Rejected) -> None:
        """Say how long the rest takes, once: the first refusal tells the server's rate."""
        rate = message.values.get("pixeles")
        if message.code != reasons.TOO_FAST.code or not isinstance(rate, int | float) or rate <= 0:
            return
        seconds = round(self._left / rate)
        if seconds >= _TOLD_SECONDS and not self._pace_was_told:
            self._pace_was_told = True
            say(
                _("the server accepts {rate} pixels a second: {left} pixels take about {time}; Ctrl+C stops").format(
                    rate=number(rate), left=number(self._left), time=_clock(seconds)
                )
            )

    def _go_on(self) -> None:
        """Send as much as the server accepts now, or finish."""
        link = self._script.link
        if self._stays and link.replica.canvas is not None and link.replica.canvas is self._canvas:
            self._look_again(link.replica.canvas)
        self._bar.update(np.count_nonzero(self._done) - self._bar.n)
        if self._done.all():
            self._script.finish()
            return
        if link.state is not LinkState.ONLINE or link.replica.canvas is not self._canvas:
            return  # begin() follows
        in_flight, size = self._requests_in_flight, limits.REQUEST_PIXELS
        if (cooldown := link.replica.cooldown) is not None:
            in_flight, size = 1, max(1, cooldown.charges)
        elif link.replica.version == 1:
            in_flight, size = 1, VERSION_1_PAINTS_IN_FLIGHT
        while len(self._waiting) and len(self._on_their_way) < in_flight and not self._pause.is_set:
            pixels, self._waiting = self._waiting[:size], self._waiting[size:]
            cells, colours = self._cells[pixels].tolist(), self._colours[pixels].tolist()
            requests = link.paint(zip(cells, colours, strict=True))
            self._on_their_way[requests[0] if requests else _VERSION_1_REQUEST] = pixels
        self._expect_an_answer()

    def _look_again(self, canvas: Canvas) -> None:
        """Pass over what others have painted meanwhile, and take up what they have painted over."""
        self._done = self._is_shown(canvas)
        missing = ~self._done
        for pixels in self._on_their_way.values():
            missing[pixels] = False
        self._waiting = np.flatnonzero(missing)

    def _expect_an_answer(self) -> None:
        self._deadline.cancel()
        if self._on_their_way:
            self._script.after_silence(self._deadline, ANSWER_SECONDS, lambda: self._script.guarded(self._give_up))

    def _give_up(self) -> None:
        if self._script.link.state is LinkState.ONLINE:
            raise ServerUnavailable(_("no answer for {seconds} s").format(seconds=number(ANSWER_SECONDS)))


class Helping:
    """A :class:`dcc.client.script.Work` that paints what is missing of a shared template.

    The template is asked for on each connection: it may have been replaced meanwhile.
    """

    def __init__(self, name: str, bar: tqdm[NoReturn]) -> None:
        """:param bar: shows the progress."""
        self._name = name
        self._bar = bar
        self._number = 0
        self._painting: Painting | None = None
        self._is_painting = False

    @property
    def summary(self) -> str:
        """See :class:`Painting`."""
        assert self._painting is not None  # once it is finished
        return self._painting.summary

    @property
    def what_is_left(self) -> str:
        """See :class:`Painting`."""
        return "" if self._painting is None else self._painting.what_is_left

    # --- Work ------------------------------------------------------------------------------------

    def begin(self, script: script.Script) -> None:
        """See :class:`dcc.client.script.Work`."""
        self._script = script
        self._is_painting = False
        asked = script.link.ask_templates(self._name)
        asked.addCallbacks(lambda found: script.guarded(lambda: self._found(found)), self._not_found)

    def message_received(self, message: ServerMessage) -> None:
        """See :class:`dcc.client.script.Work`."""
        if self._painting is not None and self._is_painting:
            if isinstance(message, RulesNews) and all(each.number != self._number for each in message.templates):
                raise DccError(_("the template {name} was taken away").format(name=clip(self._name)))
            self._painting.message_received(message)

    def _found(self, templates: list[Template]) -> None:
        if not templates:
            known = ", ".join(clip(each.name) for each in self._script.link.replica.rules.templates)
            line = _("there is no template {name}").format(name=clip(self._name))
            raise DccError(line + (_("; there are {names}").format(names=known) if known else ""))
        [template] = templates
        if self._painting is None or template.number != self._number:
            self._number = template.number
            plan = plan_template(template, Rights(self._script.link.replica))
            self._painting = Painting(plan, self._bar, stays=True)
        self._is_painting = True
        self._painting.begin(self._script)

    def _not_found(self, failure: Failure) -> None:
        if self._script.link.state is LinkState.ONLINE:  # otherwise begin() follows
            self._script.finish(failure)
