"""The tools of the window, by mouse and by keys alone, on a real server; another window sees what was painted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt5.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QScrollArea

from dcc.client.link import LinkState
from dcc.core.palette import AF06
from dcc.core.shapes import MAX_FILL, Cell, filled_rectangle, line, pencil, rectangle
from dcc.window.dialogs import PlaceDialog
from dcc.window.tools import Tool
from dcc.window.window import Window
from tests.support.desk import CTRL, LEFT, MIDDLE, NO_KEY, Desk
from tests.support.server_process import ServerProcess

WHITE, BLACK, RED, GREEN = range(4)
SHIFT = Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Where the windows are."""
    with Desk() as desk:
        yield desk


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    """A server of the test's own, with a small board."""
    with ServerProcess("--canvas", "20x16") as server:
        yield server


def painted(window: Window, colour: int) -> set[Cell]:
    """The cells in a colour, as the server told them."""
    canvas = window.link.replica.canvas
    assert canvas is not None
    return {(cell % canvas.width, cell // canvas.width) for cell, each in enumerate(canvas.colours) if each == colour}


def by_mouse(desk: Desk, window: Window, start: Cell, end: Cell) -> None:
    desk.draw_line(window, start, end)


def by_keys(desk: Desk, window: Window, start: Cell, end: Cell) -> None:
    """Go to the start, press Enter, go to the end with the arrows, press Enter."""
    go_to(desk, window, *start)
    desk.press(window, Key.Key_Return)
    step(desk, window, end[0] - start[0], end[1] - start[1])
    desk.press(window, Key.Key_Return)


def go_to(desk: Desk, window: Window, column: int, row: int) -> None:
    """Type a cell into the dialog."""
    desk.press(window, Key.Key_J)
    dialog = window.findChild(PlaceDialog)
    QTest.keyClicks(dialog.field, f"{column},{row}")
    QTest.keyClick(dialog.field, Key.Key_Return)
    desk.until(lambda: window.board.key_cell == (column, row) and window.findChild(PlaceDialog) is None)


def step(desk: Desk, window: Window, right: int, down: int) -> None:
    """Press arrow keys."""
    for key, times in ((Key.Key_Right, right), (Key.Key_Left, -right), (Key.Key_Down, down), (Key.Key_Up, -down)):
        for _ in range(times):
            desk.press(window, key)


SHAPES: dict[str, tuple[Any, Any, Tool, Callable[[Cell, Cell, int], list[Cell]]]] = {
    "line": (Key.Key_L, NO_KEY, Tool.LINE, lambda start, end, size: line(start, end, size, 20, 16)),
    "rectangle": (Key.Key_R, NO_KEY, Tool.RECTANGLE, lambda start, end, size: rectangle(start, end, size, 20, 16)),
    "filled rectangle": (
        Key.Key_R,
        SHIFT,
        Tool.FILLED_RECTANGLE,
        lambda start, end, _size: filled_rectangle(start, end, 20, 16),
    ),
}


@pytest.mark.parametrize("draw", [by_mouse, by_keys])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_seen_while_it_is_drawn_and_painted_at_its_end(
    shape: str, draw: Callable[[Desk, Window, Cell, Cell], None], server: ServerProcess, desk: Desk
) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    key, modifier, tool, cells = SHAPES[shape]
    desk.press(window, key, modifier)
    assert window.drawing.tool is tool and window.tool_bar.actions_of[tool].isChecked()
    desk.press(window, Key.Key_BracketRight)
    desk.press(window, Key.Key_3)
    start, end = (3, 2), (9, 6)
    handle, at = (
        window.windowHandle(),
        [window.board.mapTo(window, window.board.point_of(*each)) for each in (start, end)],
    )
    QTest.mousePress(handle, LEFT, NO_KEY, at[0])
    QTest.mouseMove(handle, at[1])
    desk.until(lambda: desk.colour(window, 9, 4) == AF06[RED].value or shape == "line")
    desk.until(lambda: desk.colour(window, 6, 2 if shape != "line" else 4) == AF06[RED].value)
    desk.press(window, Key.Key_Escape)
    QTest.mouseRelease(handle, LEFT, NO_KEY, at[1])
    sketch = window.board.sketch
    assert window.link.replica.unanswered == 0 and not sketch.areas and sketch.stamp is None
    draw(desk, window, start, end)
    desk.until(lambda: painted(other, RED) == set(cells(start, end, 2)))


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_pencil_has_a_size(size: int, server: ServerProcess, desk: Desk) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    for _ in range(7):
        desk.press(window, Key.Key_BracketLeft)
    for _ in range(size - 1):
        desk.press(window, Key.Key_BracketRight)
    desk.draw_line(window, (0, 5), (3, 5))
    desk.until(lambda: painted(other, BLACK) == set(pencil([(column, 5) for column in range(4)], size, 20, 16)))


def test_a_shape_is_left_when_the_connection_is_lost(desk: Desk, tmp_path: Path) -> None:
    store = ("--canvas", "20x16", "--store", f"sqlite:{tmp_path / 'board.sqlite3'}")
    with ServerProcess(*store) as server:
        window = desk.open(server.port)
        desk.press(window, Key.Key_L)
        handle = window.windowHandle()
        start, end = (window.board.mapTo(window, window.board.point_of(*cell)) for cell in ((3, 2), (9, 2)))
        QTest.mousePress(handle, LEFT, NO_KEY, start)
        QTest.mouseMove(handle, end)
        desk.until(lambda: desk.colour(window, 6, 2) == AF06[BLACK].value)
    desk.until(lambda: window.link.state is LinkState.AWAY)
    QTest.mouseRelease(handle, LEFT, NO_KEY, end)
    with ServerProcess(*store, port=server.port):
        desk.until_online(window)
        desk.hover(window, 15, 12)
        desk.until_drawn(window)
        assert desk.colour(window, 6, 2) == AF06[WHITE].value


def test_the_pencil_is_led_by_keys_alone(server: ServerProcess, desk: Desk) -> None:
    """Space held and the arrows draw a line; Enter paints a cell."""
    window, other = desk.open(server.port), desk.open(server.port)
    go_to(desk, window, 2, 3)
    QTest.keyPress(window.board, Key.Key_Space)
    step(desk, window, 4, 0)
    QTest.keyRelease(window.board, Key.Key_Space)
    step(desk, window, 0, 2)
    desk.press(window, Key.Key_Return)
    desk.press(window, Key.Key_Down, SHIFT)
    assert window.board.key_cell == (6, 15)
    desk.until(lambda: painted(other, BLACK) == {*((column, 3) for column in range(2, 7)), (6, 5)})


def test_a_fill_stays_within_lines_and_is_undone_and_done_again_as_one(server: ServerProcess, desk: Desk) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    desk.press(window, Key.Key_R)
    desk.draw_line(window, (4, 4), (9, 9))
    desk.press(window, Key.Key_F)
    desk.press(window, Key.Key_4)
    desk.click(window, 6, 6)
    inside = set(filled_rectangle((5, 5), (8, 8), 20, 16))
    desk.until(lambda: painted(other, GREEN) == inside)
    desk.press(window, Key.Key_Z, CTRL)
    desk.until(lambda: painted(other, GREEN) == set())
    desk.press(window, Key.Key_Z, CTRL)
    desk.until(lambda: painted(other, BLACK) == set())
    for key, modifier in ((Key.Key_Y, CTRL), (Key.Key_Z, CTRL | SHIFT)):
        desk.press(window, key, modifier)
    desk.until(lambda: painted(other, GREEN) == inside)
    assert painted(other, BLACK) == set(rectangle((4, 4), (9, 9), 1, 20, 16))


def test_a_fill_that_is_cut_says_so(desk: Desk) -> None:
    with ServerProcess("--canvas", "120x120") as server:
        window = desk.open(server.port)
        desk.press(window, Key.Key_F)
        go_to(desk, window, 60, 60)
        desk.press(window, Key.Key_Return)
        assert window.notice.text() == "The fill ends after 10,000 cells; fill again to go on."
        desk.until_answered(window)
        assert len(painted(window, BLACK)) == MAX_FILL


def test_a_selection_is_copied_mirrored_and_placed_before_it_is_painted(server: ServerProcess, desk: Desk) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    desk.draw_line(window, (2, 2), (4, 2))
    desk.draw_line(window, (2, 3), (2, 3))
    desk.press(window, Key.Key_S)
    desk.draw_line(window, (2, 2), (4, 3))
    desk.press(window, Key.Key_C, CTRL)
    desk.press(window, Key.Key_V, CTRL)
    desk.press(window, Key.Key_H, SHIFT)
    left, top = window.board.stamp_corner(3, 2)
    step(desk, window, 10 - left, 8 - top)
    desk.until_answered(window)
    before = painted(other, BLACK)
    desk.press(window, Key.Key_Return)
    desk.until(lambda: painted(other, BLACK) - before == {(10, 8), (11, 8), (12, 8), (12, 9)})
    assert before <= painted(other, BLACK)


def test_a_selection_is_moved_by_dragging_and_undone_as_one(server: ServerProcess, desk: Desk) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    desk.press(window, Key.Key_R, SHIFT)
    desk.draw_line(window, (2, 2), (4, 3))
    desk.press(window, Key.Key_S)
    desk.draw_line(window, (2, 2), (4, 3))
    desk.draw_line(window, (3, 3), (4, 4))
    desk.press(window, Key.Key_T, SHIFT)
    assert painted(window, BLACK) == set(filled_rectangle((2, 2), (4, 3), 20, 16))
    desk.click(window, 15, 12)  # beside it
    desk.until(lambda: painted(other, BLACK) == set(filled_rectangle((3, 3), (4, 5), 20, 16)))
    desk.press(window, Key.Key_Z, CTRL)
    desk.until(lambda: painted(other, BLACK) == set(filled_rectangle((2, 2), (4, 3), 20, 16)))


def test_a_copy_is_pasted_in_the_colours_of_the_board_that_came_in_its_place(desk: Desk, tmp_path: Path) -> None:
    """The server was started anew with another record, whose palette is smaller."""
    many = tmp_path / "many.txt"
    many.write_text("".join(f"#{level:02x}0000\n" for level in range(0, 256, 16)))
    with ServerProcess("--canvas", "20x16", "--palette", str(many), "--background", "#f00000") as first:
        window = desk.open(first.port)
        desk.press(window, Key.Key_S)
        desk.draw_line(window, (2, 2), (3, 3))
        desk.press(window, Key.Key_C, CTRL)
    with ServerProcess("--canvas", "20x16", port=first.port):
        desk.until(lambda: window.link.replica.is_live and len(painted(window, WHITE)) == 320)
        desk.press(window, Key.Key_V, CTRL)
        assert window.drawing.stamp is not None and set(window.drawing.stamp.colours) == {RED}
        desk.press(window, Key.Key_Escape)
        clipboard = QApplication.clipboard()
        assert clipboard is not None
        clipboard.clear()
        desk.press(window, Key.Key_V, CTRL)
        assert window.drawing.stamp is None
        assert window.notice.text() == "There is nothing to paste: copy a part of the board, or a picture, first."


def test_a_cut_leaves_the_ground_and_escape_leaves_a_stamp(server: ServerProcess, desk: Desk) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    desk.draw_line(window, (2, 2), (6, 2))
    desk.press(window, Key.Key_S)
    desk.draw_line(window, (3, 2), (4, 3))
    desk.press(window, Key.Key_X, CTRL)
    desk.until(lambda: painted(other, BLACK) == {(2, 2), (5, 2), (6, 2)})
    desk.press(window, Key.Key_V, CTRL)
    assert window.drawing.stamp is not None
    desk.press(window, Key.Key_Escape)
    assert window.drawing.stamp is None
    desk.until_answered(window)
    assert painted(other, BLACK) == {(2, 2), (5, 2), (6, 2)}


@pytest.mark.parametrize("how", ["middle click", "tool", "keys"])
def test_a_colour_is_picked_and_the_tool_before_comes_back(how: str, server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    desk.press(window, Key.Key_3)
    desk.click(window, 5, 5)
    desk.press(window, Key.Key_L)
    desk.press(window, Key.Key_2)
    if how == "middle click":
        at = window.board.mapTo(window, window.board.point_of(5, 5))
        QTest.mouseClick(window.windowHandle(), MIDDLE, NO_KEY, at)
    elif how == "tool":
        desk.press(window, Key.Key_P)
        desk.click(window, 5, 5)
    else:
        desk.press(window, Key.Key_P)
        go_to(desk, window, 5, 5)
        desk.press(window, Key.Key_Return)
    assert window.palette_widget.chosen == RED and window.drawing.tool is Tool.LINE
    desk.until_answered(window)
    assert painted(window, RED) == {(5, 5)}


def test_undo_and_redo_leave_alone_what_another_painted_in_the_same_colour(server: ServerProcess, desk: Desk) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    desk.press(window, Key.Key_3)
    desk.draw_line(window, (2, 2), (5, 2))
    desk.until(lambda: len(painted(other, RED)) == 4)
    desk.click(other, 3, 2)
    desk.press(other, Key.Key_3)
    desk.click(other, 3, 2)
    desk.until_answered(other)
    desk.press(window, Key.Key_Z, CTRL)
    desk.until(lambda: painted(other, RED) == {(3, 2)})
    desk.press(window, Key.Key_Y, CTRL)
    desk.until(lambda: len(painted(other, RED)) == 4)


def test_tools_of_several_pixels_rest_on_a_board_with_a_pause_and_say_why(desk: Desk) -> None:
    with ServerProcess("--cooldown", "60") as server:
        window = desk.open(server.port)
        desk.until(lambda: window.link.replica.has_cooldown and not window.prompt.is_resting)
        for key, modifier, name in (
            (Key.Key_L, NO_KEY, "Line"),
            (Key.Key_R, NO_KEY, "Rectangle"),
            (Key.Key_R, SHIFT, "Filled rectangle"),
            (Key.Key_F, NO_KEY, "Fill"),
            (Key.Key_BracketRight, NO_KEY, "A larger pencil"),
            (Key.Key_V, CTRL, "Paste"),
        ):
            desk.press(window, key, modifier)
            assert window.notice.text().startswith(f"{name}: rests here"), name
            assert window.drawing.tool is Tool.PENCIL and window.tool_bar.actions_of[Tool.PENCIL].isChecked()
        go_to(desk, window, 7, 8)
        desk.press(window, Key.Key_Return)
        assert window.drawing.chosen == (7, 8) and window.confirm_button.isVisible()
        assert painted(window, BLACK) == set()
        desk.press(window, Key.Key_Escape)
        assert window.drawing.chosen is None
        desk.press(window, Key.Key_Return)
        desk.press(window, Key.Key_Return)
        desk.until(lambda: painted(window, BLACK) == {(7, 8)})


# --- pictures -----------------------------------------------------------------------------------------


def picture() -> QImage:
    """Red and nearly black beside each other, and below a pixel that is not there beside a grey one."""
    image = QImage(2, 2, QImage.Format.Format_ARGB32)
    for (column, row), value in zip(
        ((0, 0), (1, 0), (0, 1), (1, 1)), ("#f00", "#101010", "#00000000", "#fff"), strict=True
    ):
        image.setPixelColor(column, row, QColor(value))
    return image


def test_a_picture_from_the_clipboard_is_placed_before_it_is_painted(server: ServerProcess, desk: Desk) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    desk.press(window, Key.Key_4)
    desk.draw_line(window, (0, 0), (19, 0))
    data = QMimeData()
    data.setImageData(picture())
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    clipboard.setMimeData(data)
    window.drawing.clipboard = None
    desk.press(window, Key.Key_V, CTRL)
    assert window.drawing.stamp is not None and painted(window, RED) == set()
    left, top = window.board.stamp_corner(2, 2)
    desk.draw_line(window, (left + 1, top + 1), (1, 1))
    desk.press(window, Key.Key_Return)
    desk.until(lambda: painted(other, RED) == {(0, 0)} and painted(other, BLACK) == {(1, 0)})
    assert (0, 1) not in painted(other, GREEN) and len(painted(other, GREEN)) == 18


def test_a_file_that_is_dropped_is_made_smaller_than_the_board(
    server: ServerProcess, desk: Desk, tmp_path: Path
) -> None:
    window = desk.open(server.port)
    large = QImage(400, 160, QImage.Format.Format_RGB32)
    large.fill(QColor("#00ff00"))
    assert large.save(str(tmp_path / "large.png"))
    drop(window, tmp_path / "large.png")
    assert window.drawing.stamp is not None and window.drawing.stamp[:2] == (20, 8)
    desk.press(window, Key.Key_Escape)
    (tmp_path / "no.png").write_text("words")
    drop(window, tmp_path / "no.png")
    assert window.drawing.stamp is None and "not a readable image" in window.notice.text()


def drop(window: Window, path: Path) -> None:
    """Drag a file over the window, and let it go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    where, copy = QPoint(200, 200), Qt.DropAction.CopyAction
    entering = QDragEnterEvent(where, copy, data, LEFT, NO_KEY)
    QApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(where), copy, data, LEFT, NO_KEY))


# --- around the tools -------------------------------------------------------------------------------


def test_a_large_palette_keeps_the_colours_chosen_last_at_hand(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "palette.txt").write_text("\n".join(f"{grey:02x}{grey:02x}{grey:02x}" for grey in range(64)))
    with ServerProcess("--palette", str(tmp_path / "palette.txt")) as server:
        window = desk.open(server.port)
        for index in (40, 50, 60, 50):
            QTest.mouseClick(window.palette_widget.swatch(index), LEFT)
        assert [swatch.value for swatch in window.recent.swatches][:3] == ["#3c3c3c", "#323232", "#282828"]
        QTest.mouseClick(window.recent.swatches[2], LEFT)
        assert window.palette_widget.chosen == 40 and len(window.recent.swatches) == 4


def test_a_large_palette_scrolls_only_where_it_does_not_fit(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "palette.txt").write_text("\n".join(f"{grey:02x}{grey:02x}{grey:02x}" for grey in range(256)))
    with ServerProcess("--palette", str(tmp_path / "palette.txt")) as server:
        window = desk.open(server.port)
        area = next(each for each in window.findChildren(QScrollArea) if each.widget() is window.palette_widget)
        for width, scrolls in ((720, False), (360, True), (1100, False), (720, False)):
            window.resize(width, 800)
            desk.until(lambda width=width: window.width() == width)  # type: ignore[misc]
            QApplication.processEvents()
            assert area.verticalScrollBar().isVisible() == scrolls
            assert (area.verticalScrollBar().maximum() > 0) == scrolls


def test_a_board_larger_than_the_window_is_seen_whole_and_comes_closer_before_it_is_painted(desk: Desk) -> None:
    with ServerProcess("--canvas", "1000x1000") as server:
        window = desk.open(server.port)
        view = window.board.view
        assert view is not None and view.zoom < 1
        left, top, across, down = view.board
        assert left >= 0 and top >= 0 and left + across <= window.board.width() and top + down <= window.board.height()
        desk.click(window, 500, 500)
        assert view.zoom >= 4 and window.link.replica.unanswered == 0
        desk.press(window, Key.Key_0)
        desk.press(window, Key.Key_R, SHIFT)
        ends = [(300, 300), (500, 480)]
        desk.draw_line(window, *ends)
        under = [view.cell_at(*view.middle_of(*end)) for end in ends]  # several cells share a pixel
        desk.until_answered(window)
        assert painted(window, BLACK) == set(filled_rectangle(*under, 1000, 1000))
        desk.move_away(window)
        desk.until(lambda: desk.colour(window, 400, 400) == AF06[BLACK].value)


def test_too_many_cells_for_once_are_not_painted_in_part(desk: Desk) -> None:
    with ServerProcess("--canvas", "1000x1000") as server:
        window = desk.open(server.port)
        desk.press(window, Key.Key_R, SHIFT)
        desk.draw_line(window, (0, 0), (999, 999))
        assert window.notice.text().endswith("are too many for once, at most 100,000: nothing was drawn.")
        assert window.link.replica.unanswered == 0


def test_escape_leaves_the_history_and_the_board_keeps_its_scale(desk: Desk, tmp_path: Path) -> None:
    with ServerProcess("--store", f"sqlite:{tmp_path}/board.sqlite3") as server:
        window = desk.open(server.port)
        desk.click(window, 3, 3)
        desk.until_answered(window)
        view = window.board.view
        assert view is not None
        place = view.board
        window.notice.show_text("Column 3, row 3: painter 1")
        desk.press(window, Key.Key_H)
        desk.until(lambda: window.history.isVisible() and bool(window.history.moment.text()))
        assert view.board == place and not window.notice.isVisible()
        QTest.keyClick(window.history.slider, Key.Key_Escape)
        assert not window.history.isVisible() and view.board == place


def test_every_tool_has_an_icon_and_a_tooltip_with_its_key(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    for tool, action in window.tool_bar.actions_of.items():
        assert not action.icon().isNull()
        assert action.toolTip() == f"{action.text().replace('&', '')} ({tool.key})"
