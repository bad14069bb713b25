"""Where the rules let a client paint: the client's answer is the server's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc import reasons
from dcc.board.areas import Areas
from dcc.client.replica import Replica
from dcc.client.rights import Rights
from dcc.core.actions import Area, Entry, Group, Rectangle
from dcc.core.canvas import pack_pixels
from dcc.core.palette import AF06
from dcc.core.people import Role
from dcc.core.placements import Size
from dcc.errors import PixelRejected
from dcc.protocol.messages import RulesNews, Welcome

WIDTH, HEIGHT = 6, 5
ALLOWED = st.one_of(st.sampled_from(Group), st.sampled_from([("Ada",), ("Eve", "Ada"), ("Eve",)]))
PLACES = st.builds(
    lambda column, row, width, height: Rectangle(column, row, min(width, WIDTH - column), min(height, HEIGHT - row)),
    st.integers(0, WIDTH - 1),
    st.integers(0, HEIGHT - 1),
    st.integers(1, WIDTH),
    st.integers(1, HEIGHT),
)


def rights_of(role: Role, name: str, rules: RulesNews) -> Rights:
    """The rights of a client that was welcomed so."""
    replica = Replica()
    replica.apply(Welcome(1, "c", WIDTH, HEIGHT, AF06, 0, role, name))
    replica.apply(rules)
    return Rights(replica)


class RightsTests(SynchronousTestCase):
    """Areas, roles, a freeze."""

    @given(
        st.sampled_from([Role.PAINT, Role.MODERATE, Role.OWN]),
        st.sampled_from(["", "Ada", "Eve"]),
        ALLOWED,
        st.lists(st.tuples(PLACES, ALLOWED), max_size=4),
    )
    def test_each_cell_may_be_painted_if_the_server_takes_it(
        self, role: Role, name: str, rest: Group, areas: list[tuple[Rectangle, Group]]
    ) -> None:
        named = tuple(Area(f"area {number}", *each) for number, each in enumerate(areas))
        server = Areas(Size(WIDTH, HEIGHT))
        server.rest = rest
        server.add(named)
        allowed = server.allowed(name, role)
        rights = rights_of(role, name, RulesNews(rest=rest, areas=named))
        for cell in range(WIDTH * HEIGHT):
            expected = None
            if allowed is not None:
                try:
                    server.permit(allowed, pack_pixels([(cell, 0)]))
                except PixelRejected as error:
                    expected = (error.code, error.values)
            refused = rights.refusal([cell])
            self.assertEqual(refused and (refused[0].code, refused[1]), expected)
            where = rights.map()
            self.assertEqual(where is None or bool(where[cell]), expected is None)

    def test_a_freeze_and_watching_are_told_before_an_area(self) -> None:
        frozen = RulesNews(is_frozen=True, rest=Group.NOBODY)
        self.assertEqual(rights_of(Role.PAINT, "", frozen).refusal([0]), (reasons.FROZEN, {}))
        self.assertEqual(rights_of(Role.MODERATE, "Mo", frozen).refusal([0]), (reasons.FOREIGN_REST, {}))
        self.assertEqual(rights_of(Role.WATCH, "", frozen).refusal([0]), (reasons.ONLY_WATCHING, {}))
        code = RulesNews(entry=Entry.CODE)
        self.assertEqual(rights_of(Role.WATCH, "", code).refusal([]), (reasons.NEEDS_CODE, {}))
        self.assertEqual(rights_of(Role.PAINT, "", code).refusal([0]), None)

    def test_other_rules_hold_at_once(self) -> None:
        replica = Replica()
        replica.apply(Welcome(1, "c", WIDTH, HEIGHT, AF06, 0))
        rights = Rights(replica)
        self.assertIsNone(rights.refusal([7]))
        replica.apply(RulesNews(areas=(Area("corner", Rectangle(0, 0, 2, 2), ("Ada",)),)))
        self.assertEqual(rights.refusal([20, 7]), (reasons.FOREIGN_AREA, {"zona": "corner"}))
        self.assertIsNone(rights.refusal([20]))
        replica.apply(RulesNews())
        self.assertIsNone(rights.refusal([20, 7]))
