"""The shared board: its viewers, and the parts that paints and changes go through.

1. A paint is applied and shown only when the record has the paint. So everything that anyone has seen is recorded.
2. The record tells, the board listens: each delivered batch is applied and announced, whoever painted the batch.
   Batches of other servers are announced at once, own batches by the rules for commits.
3. The same holds for actions: the rules change when the record delivers an action, whoever did it.

The other rules: :mod:`dcc.board.commits`, :mod:`dcc.board.acting`, :mod:`dcc.board.announcements`,
:mod:`dcc.board.changes`. A process may have several boards, which share nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from dcc import reasons
from dcc.board.acting import Acting
from dcc.board.announcements import Announcements
from dcc.board.changes import LatestChanges
from dcc.board.commits import Commits
from dcc.board.cooldowns import Cooldowns, name_for_charges
from dcc.board.guesses import Guesses
from dcc.board.presence import Presence
from dcc.board.questions import Questions
from dcc.board.record import Record
from dcc.board.rules import Rules
from dcc.core.actions import Action, AddAreas, AddKey, AddTemplate, Ban, Entry, LogEntry, RevokeKey, SetCooldown
from dcc.core.addresses import household
from dcc.core.canvas import PIXEL_BYTES
from dcc.core.people import Person
from dcc.core.placements import MILLISECONDS, Size, Stroke
from dcc.errors import ProtocolError
from dcc.later import Later
from dcc.protocol.messages import Users

PAGE_ACTIONS = 50
"""Most actions in an answer to a question about them: a few screens of a list."""

PAGE_AREAS = 4096
"""Most areas in such an answer, unless one action has more: half a megabyte."""

KEYS_WATCHED_SECONDS = 60.0
"""How often the ends of keys are looked at, at least: the clock of the machine can be set ahead at any time."""

AHEAD_SECONDS = 5.0
"""How long a client that saw more on another server waits for this one, which is some milliseconds behind. While the
log has no leader, this server has a fault, and the client waits on."""

_GUESSES = (reasons.UNKNOWN_KEY.code, reasons.WRONG_CODE.code)


def _length(action: Action) -> int:
    """Return how long an action is in an answer: in areas, of some 128 bytes each."""
    match action:
        case AddAreas(areas):
            return len(areas)
        case AddTemplate():
            return len(action.data) // 128
        case _:
            return 0


class Viewer(Protocol):
    """Somebody who looks at the board."""

    def board_changed(self) -> None:
        """Take the news: changes up to ``announced``, other rules, or another number of users."""


class Board:
    """The board that all connected clients share.

    :ivar record: keeps the board; every change comes from there.
    :ivar canvas: every placement up to ``sequence``, applied.
    :ivar announced: the sequence that the viewers were last told of.
    :ivar announced_whole: the same for viewers that are told in whole boards.
    :ivar users: the number of users, as last told.
    :ivar rules: what people may do; every change comes from the record.
    :ivar rules_news: what everybody may know of the rules, as last told.
    :ivar no_rules: the same before the first rule of the canvas, which nobody is told.
    :ivar cooldowns: of all people.
    :ivar guesses: wrong keys and codes, by address.
    :ivar presence: who is here.
    :ivar people_changed: called when somebody may no longer be connected; the server ends those connections.
    :ivar on_action: each is called after each recorded action, whoever did it.
    :ivar keep_address: turns the address of a painter into what the record keeps of it.
    :ivar whole: see :meth:`.LatestChanges.whole`.
    :ivar catch_up: see :meth:`.LatestChanges.catch_up`.
    :ivar paint: see :meth:`.Commits.add`.
    :ivar act: see :meth:`.Acting.act`.
    :ivar ask: see :meth:`.Questions.ask`.
    :ivar repeat_users: see :meth:`.Announcements.repeat_count`.

    For the operator:

    :ivar commit_seconds: how long each commit took.
    :ivar commit_pixels: how many pixels went into each commit.
    :ivar tell_seconds: how long each telling of all viewers took.
    :ivar rejections: how many requests changed nothing, by the code of the reason.
    """

    _log = Logger()

    def __init__(self, record: Record, clock: IReactorTime, wall_clock: Callable[[], float]) -> None:
        """
        :param clock: for waiting.
        :param wall_clock: seconds since 1970-01-01 UTC, for the record.
        """
        self.record = record
        questions = Questions()
        self.ask = questions.ask
        self._clock = clock
        self._wall_clock = wall_clock
        sequence, self.canvas = record.load()
        self.announced = self.announced_whole = sequence
        self.users = Users(0)
        self.people_changed: Callable[[], None] = lambda: None
        self.on_action: list[Callable[[LogEntry], None]] = []
        self.keep_address: Callable[[str], str] = lambda address: address
        self._users: set[Viewer] = set()
        self._users_elsewhere = 0
        self._watching: dict[Viewer, None] = {}  # in the order in which they are told
        self._begin_rules()
        self._changes = changes = LatestChanges(sequence, self.canvas, clock)
        self._announcements = Announcements(clock, self._tell, self._tell_whole, self._tell_users, self._tell_rules)
        self._commits = commits = Commits(record, changes, self._announcements, clock, wall_clock)
        self.whole, self.catch_up, self.paint = changes.whole, changes.catch_up, commits.add
        self.act = Acting(record, self.rules, changes, commits, questions, self.now_ms).act
        self.commit_seconds, self.commit_pixels = commits.commit_seconds, commits.commit_pixels
        self.tell_seconds = self._announcements.tell_seconds
        self.repeat_users = self._announcements.repeat_count
        self.rejections = commits.rejections
        self._awaiting: list[tuple[int, float, Callable[[], None]]] = []  # sequence, until when, call; the lowest first
        self._awaited_enough = Later(clock)
        self._key_ends = Later(clock)
        self._watch_keys()
        record.follow(self._deliver, self._deliver_action, commits.notice)

    def _begin_rules(self) -> None:
        """Make the rules of the actions so far."""
        record = self.record
        self.rules = rules = Rules(Size(self.canvas.width, self.canvas.height), len(self.canvas.palette))
        self.no_rules = rules.news
        self._log_entries = list(record.log())
        for entry in self._log_entries:
            rules.apply(entry)
        self.rules_news = rules.news
        self.guesses = Guesses()
        self.presence = Presence()
        self.cooldowns = cooldowns = Cooldowns(self._clock.seconds, record.secret)
        cooldowns.set(rules.seconds, rules.charges)
        if rules.seconds:
            now_ms = self.now_ms()
            painted = record.painted_since(now_ms - rules.seconds * rules.charges * MILLISECONDS)
            cooldowns.recall(painted, now_ms)

    def _deliver(self, strokes: Sequence[Stroke], sequence: int, time_ms: int) -> None:
        is_own = strokes is self._commits.under_way
        self._show(strokes, sequence)
        if not is_own:
            self._announcements.tell_when_due()
            if self.cooldowns.seconds:
                self._charge(strokes, time_ms)

    def _show(self, strokes: Sequence[Stroke], sequence: int) -> None:
        self._changes.apply(strokes, sequence)
        self._announcements.add()
        if self._awaiting and self._awaiting[0][0] <= sequence:
            self._tell_awaiting()

    def _charge(self, strokes: Sequence[Stroke], time_ms: int) -> None:
        """Take the charges of people for what they have painted through another server."""
        painted = [(stroke.painter, time_ms, len(stroke.pixels) // PIXEL_BYTES) for stroke in strokes]
        for who in self.cooldowns.recall(painted, self.now_ms()):
            self.presence.tell_cooldown(who)

    def _deliver_action(self, entry: LogEntry, strokes: Sequence[Stroke]) -> None:
        if strokes:
            self._show(strokes, entry.sequence + entry.cells)
            self._announcements.tell_when_due()
        self._log_entries.append(entry)
        self.rules.apply(entry)
        self._commits.rules_changed()
        if self.rules.news is not self.rules_news:
            self._announcements.tell_rules()
        try:
            self._tell_of_action(entry)
        except Exception:  # our own fault; the action is recorded and in force all the same
            self._log.failure("while telling of an action")

    def _tell_of_action(self, entry: LogEntry) -> None:
        """Tell those whom an action concerns."""
        match entry.action:
            case SetCooldown(seconds, charges):
                had_cooldown = bool(self.cooldowns.seconds)
                self.cooldowns.set(seconds, charges)
                if had_cooldown or seconds:
                    self.presence.tell_cooldown(None)
            case AddKey() | RevokeKey():
                self._watch_keys()
                self.people_changed()
                if self.cooldowns.seconds:  # somebody whom a proxy has signed in moderates from now on, or no longer
                    self.presence.tell_cooldown(name_for_charges(Person(entry.action.name)))
            case Ban() if entry.action.from_connecting:
                self.people_changed()
        for follower in self.on_action:
            follower(entry)

    def _watch_keys(self) -> None:
        """Have the connections of a key ended when the key ends."""
        now_ms = self.now_ms()
        ends = [key.until_ms for key in self.rules.keys.values() if key.until_ms is not None and key.until_ms > now_ms]
        if ends:
            wait = (min(ends) - now_ms) / MILLISECONDS
            self._key_ends.set(min(wait, KEYS_WATCHED_SECONDS), self._key_ended)

    def _key_ended(self) -> None:
        self._watch_keys()
        self.people_changed()

    def now_ms(self) -> int:
        """Return the time in milliseconds since 1970-01-01 UTC."""
        return int(self._wall_clock() * MILLISECONDS)

    # --- people ----------------------------------------------------------------------------------

    def identify(self, person: Person, key: str = "", code: str = "") -> Person:
        """Find out who somebody is; see :meth:`.Rules.identify`. Wrong keys and codes are counted.

        :raises ProtocolError: the key or the code is wrong, the person may not connect, or has guessed too often.
        """
        address, now = household(person.host), self._clock.seconds()
        if code and not key and self.rules.news.entry is Entry.CODE:
            # A right key cannot be guessed, and its owner need not wait for the guesses of neighbours.
            self.guesses.check(address, now)
        try:
            return self.rules.identify(person, key, code, self.now_ms())
        except ProtocolError as error:
            if error.code in _GUESSES:
                self.guesses.check(address, now)
                self.guesses.add(address, now)
            raise

    def log_before(self, number: int | None) -> tuple[LogEntry, ...]:
        """Return a page of the recorded actions, the latest first.

        :param number: only actions before the action with this number; None for the latest.
        """
        entries = self._log_entries
        end = len(entries) if number is None else bisect_left(entries, number, key=lambda entry: entry.number)
        page: list[LogEntry] = []
        areas = 0
        for entry in reversed(entries[max(0, end - PAGE_ACTIONS) : end]):
            areas += _length(entry.action)
            if page and areas > PAGE_AREAS:
                break
            page.append(entry)
        return tuple(page)

    @property
    def sequence(self) -> int:
        """The number of the last placement."""
        return self._changes.sequence

    @property
    def fault(self) -> str | None:
        """Why the record takes no paints; None while the record does."""
        return self._commits.fault

    def await_sequence(self, sequence: int, call: Callable[[], None]) -> None:
        """Call when the board has come to a sequence: another server may be ahead. Without another server, at once.

        :param call: called after ``AHEAD_SECONDS`` too: the sequence may be of no server. Not so while the record has a
            fault, and this server therefore is behind.
        """
        if sequence <= self.sequence or not self.record.client_ids:
            call()
            return
        insort(self._awaiting, (sequence, self._clock.seconds() + AHEAD_SECONDS, call), key=itemgetter(0))
        if not self._awaited_enough.is_set:
            self._awaited_enough.set(AHEAD_SECONDS, self._tell_overdue)

    def _tell_awaiting(self) -> None:
        reached = bisect_right(self._awaiting, self.sequence, key=itemgetter(0))
        calls, self._awaiting = self._awaiting[:reached], self._awaiting[reached:]
        for _sequence, _until, call in calls:
            call()

    def _tell_overdue(self) -> None:
        if self.fault is not None and self._awaiting:
            self._awaited_enough.set(AHEAD_SECONDS, self._tell_overdue)
            return
        now = self._clock.seconds()
        calls = [call for _sequence, until, call in self._awaiting if until <= now]
        self._awaiting = [each for each in self._awaiting if each[1] > now]
        if self._awaiting:
            self._awaited_enough.set(min(until for _sequence, until, _call in self._awaiting) - now, self._tell_overdue)
        for call in calls:
            call()

    def settle(self) -> Deferred[None]:
        """Wait until everything that was asked for so far is recorded or refused."""
        return self._commits.settle()

    def stop(self) -> None:
        """Cancel all pending calls."""
        self._key_ends.cancel()
        self._awaited_enough.cancel()
        self._commits.stop()
        self._announcements.stop()

    # --- viewers ---------------------------------------------------------------------------------

    def join(self, viewer: Viewer, *, is_user: bool = True) -> None:
        """Tell a viewer from now on. Called once for each viewer.

        :param is_user: whether the viewer counts as a user; one that only watches does not.
        """
        self.watch(viewer)
        self.count(viewer, is_user=is_user)

    def count(self, viewer: Viewer, *, is_user: bool) -> None:
        """Count a viewer as a user, or no longer."""
        if is_user != (viewer in self._users):
            (self._users.add if is_user else self._users.remove)(viewer)
            self._announcements.count()

    @property
    def users_here(self) -> int:
        """How many users this server has."""
        return len(self._users)

    def count_elsewhere(self, users: int) -> None:
        """Count the users of other servers."""
        if users != self._users_elsewhere:
            self._users_elsewhere = users
            self._announcements.count()

    def leave(self, viewer: Viewer) -> None:
        """Tell a viewer no longer, and count it no longer; do nothing without a join."""
        self.unwatch(viewer)
        self.count(viewer, is_user=False)

    def watch(self, viewer: Viewer) -> None:
        """Tell a viewer from now on, after all the others."""
        self._watching[viewer] = None

    def unwatch(self, viewer: Viewer) -> None:
        """Tell a viewer no longer; a user still counts."""
        self._watching.pop(viewer, None)

    # --- telling ---------------------------------------------------------------------------------

    def _tell(self, with_whole_boards: bool) -> None:
        self.announced = self._changes.sequence
        if with_whole_boards:
            self.announced_whole = self.announced
        self._wake_viewers()

    def _tell_whole(self) -> None:
        self.announced_whole = self.announced
        self._wake_viewers()

    def _tell_users(self) -> None:
        self.users = Users(len(self._users) + self._users_elsewhere)
        self._wake_viewers()

    def _tell_rules(self) -> None:
        self.rules_news = self.rules.news
        self._wake_viewers()

    def _wake_viewers(self) -> None:
        for viewer in list(self._watching):
            try:
                viewer.board_changed()
            except Exception:  # our own fault, and no reason to leave the others in the dark
                self._log.failure("while telling a viewer")
