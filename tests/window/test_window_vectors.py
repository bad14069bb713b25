"""The tools of the window, by mouse, by touch and by keys, paint the cells of the vectors that the page shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest

from dcc.core.shapes import Cell
from dcc.window.window import Window
from tests.support.desk import CTRL, LEFT, NO_KEY, Desk, touch_screen
from tests.support.server_process import ServerProcess
from tests.vectors.notation import load

BLACK, RED = 1, 2
SHIFT = Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key
TOOLS = load("tools")
Draw = Callable[[Desk, Window, Sequence[Cell]], None]


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Where the windows are."""
    with Desk() as desk:
        yield desk


def open_board(desk: Desk, server: ServerProcess) -> Window:
    """Open a window whose keys do something."""
    window = desk.open(server.port)
    window.activateWindow()
    desk.until(window.isActiveWindow)
    return window


def by_mouse(desk: Desk, window: Window, path: Sequence[Cell]) -> None:
    """Press at the first cell, move over the others, and let go."""
    handle = window.windowHandle()
    points = [window.board.mapTo(window, window.board.point_of(*cell)) for cell in path]
    QTest.mousePress(handle, LEFT, NO_KEY, points[0])
    for point in points[1:]:
        QTest.mouseMove(handle, point)
    QTest.mouseRelease(handle, LEFT, NO_KEY, points[-1])


def by_touch(_desk: Desk, window: Window, path: Sequence[Cell]) -> None:
    """Put a finger on the first cell, move the finger over the others, and lift it."""
    handle = window.windowHandle()
    points = [window.board.mapTo(window, window.board.point_of(*cell)) for cell in path]
    QTest.touchEvent(handle, touch_screen()).press(0, points[0], handle).commit()
    for point in points[1:]:
        QTest.touchEvent(handle, touch_screen()).move(0, point, handle).commit()
    QTest.touchEvent(handle, touch_screen()).release(0, points[-1], handle).commit()


def by_keys(_desk: Desk, window: Window, path: Sequence[Cell]) -> None:
    """Go to the first cell with the arrows, press Enter, go on, press Enter; the pencil needs the space bar."""
    is_pencil = not window.board.has_two_ends
    walk(window, path[0])
    if is_pencil:
        QTest.keyPress(window.board, Key.Key_Space)
    else:
        QTest.keyClick(window.board, Key.Key_Return)
    for cell in path[1:]:
        walk(window, cell)
    if is_pencil:
        QTest.keyRelease(window.board, Key.Key_Space)
    else:
        QTest.keyClick(window.board, Key.Key_Return)


def walk(window: Window, cell: Cell) -> None:
    """Bring the keyboard's cell somewhere with the arrows."""
    if window.board.key_cell is None:
        QTest.keyClick(window.board, Key.Key_Left)
    here = window.board.key_cell
    assert here is not None
    right, down = cell[0] - here[0], cell[1] - here[1]
    for key, times in ((Key.Key_Right, right), (Key.Key_Left, -right), (Key.Key_Down, down), (Key.Key_Up, -down)):
        for _ in range(times):
            QTest.keyClick(window.board, key)
    assert window.board.key_cell == cell


def board_of(window: Window) -> list[int]:
    """The colours as the server told them."""
    canvas = window.link.replica.canvas
    assert canvas is not None
    return list(canvas.colours)


def set_board(desk: Desk, window: Window, colours: Sequence[int]) -> None:
    """Paint the board beside the tools."""
    window.link.paint([(cell, colour) for cell, colour in enumerate(colours)])
    desk.until_answered(window)
    window.board.show_changes(range(len(colours)))
    assert board_of(window) == list(colours)


def can_reach(window: Window, draw: Draw, path: Sequence[Cell]) -> bool:
    """Whether cells are in the window, for the mouse, or on the board, where the keyboard's cell stays."""
    view = window.board.view
    assert view is not None
    if draw is by_keys:
        return all(view.has(*cell) for cell in path)
    return all(window.board.rect().contains(window.board.point_of(*cell)) for cell in path)


@pytest.mark.parametrize("draw", [by_mouse, by_touch, by_keys])
@pytest.mark.parametrize(
    ("tool", "key", "modifier"),
    [
        ("pencil", Key.Key_B, NO_KEY),
        ("line", Key.Key_L, NO_KEY),
        ("rectangle", Key.Key_R, NO_KEY),
        ("filled_rectangle", Key.Key_R, SHIFT),
    ],
)
def test_a_gesture_paints_the_cells_of_the_vector_and_is_undone_as_one(
    tool: str, key: Any, modifier: Any, draw: Draw, desk: Desk
) -> None:
    """The mouse begins and ends outside of the board too."""
    blank = [0] * 56
    tried = 0
    with ServerProcess("--canvas", "8x7") as server:
        window = open_board(desk, server)
        for _ in range(3):
            QTest.keyClick(window.board, Key.Key_Minus)  # leaves room for the mouse around the board
        QTest.keyClick(window.board, key, modifier)
        for vector in TOOLS[tool]:
            path = [(column, row) for column, row in vector.get("path") or (vector["from"], vector["to"])]
            if not can_reach(window, draw, path):
                continue
            for _ in range(4):
                QTest.keyClick(window.board, Key.Key_BracketLeft)
            for _ in range(vector.get("size", 1) - 1):
                QTest.keyClick(window.board, Key.Key_BracketRight)
            draw(desk, window, path)
            desk.until_answered(window)
            wanted = {8 * row + column for column, row in vector["cells"]}
            assert board_of(window) == [BLACK if cell in wanted else 0 for cell in range(56)], (path, vector)
            if wanted:
                QTest.keyClick(window.board, Key.Key_Z, CTRL)
                desk.until_answered(window)
            assert board_of(window) == blank, (path, vector)
            tried += 1
    assert tried >= 5


@pytest.mark.parametrize("draw", [by_mouse, by_touch, by_keys])
def test_a_fill_paints_the_cells_of_the_vector(draw: Draw, desk: Desk) -> None:
    vectors = [each for each in TOOLS["fill"] if not each["forbidden"] and not each["cut"]]
    assert len(vectors) > 5
    with ServerProcess("--canvas", "9x7") as server:
        window = open_board(desk, server)
        QTest.keyClick(window.board, Key.Key_F)
        QTest.keyClick(window.board, Key.Key_7)  # no colour of the vectors
        for vector in vectors:
            set_board(desk, window, vector["colours"])
            draw(desk, window, [tuple(vector["from"])])
            desk.until_answered(window)
            wanted = {9 * row + column for column, row in vector["cells"]}
            assert board_of(window) == [
                6 if cell in wanted else before for cell, before in enumerate(vector["colours"])
            ]


@pytest.mark.parametrize("draw", [by_mouse, by_touch, by_keys])
@pytest.mark.parametrize(
    ("change", "key", "modifier"),
    [
        ("", None, None),
        ("mirrored", Key.Key_H, SHIFT),
        ("flipped", Key.Key_V, SHIFT),
        ("turned", Key.Key_T, SHIFT),
    ],
)
def test_a_part_is_selected_copied_changed_and_placed_as_the_vector_says(
    change: str, key: Any, modifier: Any, draw: Draw, desk: Desk
) -> None:
    """By keys alone: S, two presses of Enter, Ctrl+C, Ctrl+V, the change, the arrows, Enter."""
    [vector] = [each for each in TOOLS["turn"] if (each["stamp"]["width"], each["stamp"]["height"]) == (3, 2)]
    colours = [0, 1, 2, 5, 4, 3]  # those of the vector, as far as a board has them
    wanted = dict(zip(vector["stamp"]["colours"], colours, strict=True))
    with ServerProcess("--canvas", "9x7") as server:
        window = open_board(desk, server)
        set_board(desk, window, [*colours[:3], *[7] * 6, *colours[3:], *[7] * 51])
        QTest.keyClick(window.board, Key.Key_S)
        draw(desk, window, [(0, 0), (2, 1)])
        for letter in (Key.Key_C, Key.Key_V):
            QTest.keyClick(window.board, letter, CTRL)
        if change:
            QTest.keyClick(window.board, key, modifier)
        stamp = vector[change] if change else vector["stamp"]
        width, height = stamp["width"], stamp["height"]
        left, top = window.board.stamp_corner(3, 2)
        for arrow, times in ((Key.Key_Right, 5 - left), (Key.Key_Down, 3 - top), (Key.Key_Up, top - 3)):
            for _ in range(times):
                QTest.keyClick(window.board, arrow)
        QTest.keyClick(window.board, Key.Key_Return)
        desk.until_answered(window)
        board = board_of(window)
        placed = [board[9 * (3 + row) + 5 + column] for row in range(height) for column in range(width)]
        assert placed == [wanted[colour] for colour in stamp["colours"]]
        assert board.count(7) == 63 - 6 - width * height
