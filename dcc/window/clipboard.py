"""Copies of the board on the clipboard of the desktop, and pictures from the clipboard and from files."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QMimeData
from PyQt5.QtGui import QGuiApplication, QImage
from PyQt5.QtWidgets import QAction, QWidget

from dcc.core.palette import Palette
from dcc.errors import ImageError
from dcc.language import _
from dcc.window.board_widget import BoardWidget
from dcc.window.drawing import Drawing
from dcc.window.overlay import Notice
from dcc.window.painting import MOST_PIXELS
from dcc.window.pictures import stamp_of
from dcc.window.sketch import image_of
from dcc.wording import sentence


class Clipboard:
    """Brings stamps from the clipboard to the board, and back.

    :ivar mix_action: whether the colours of pictures are mixed (dithered).
    """

    def __init__(
        self,
        drawing: Drawing,
        board: BoardWidget,
        notice: Notice,
        palette: Callable[[], Palette | None],
        parent: QWidget,
    ) -> None:
        """:param palette: returns the colours of the shown board."""
        self.mix_action = QAction(_("Mi&x the colours of pictures"), parent)
        self.mix_action.setCheckable(True)
        self._drawing = drawing
        self._board = board
        self._notice = notice
        self._palette = palette

    def cut(self) -> None:
        """Copy the selection, and paint its place in the board's first colour."""
        self._drawing.cut()
        self._offer()

    def copy(self) -> None:
        """Copy the stamp or the selection."""
        self._drawing.copy()
        self._offer()

    def _offer(self) -> None:
        """Put what was copied on the clipboard of the desktop, for other windows and programs."""
        clipboard, stamp, palette = QGuiApplication.clipboard(), self._drawing.clipboard, self._palette()
        if clipboard is not None and stamp is not None and palette is not None:
            clipboard.setImage(image_of(stamp, palette))

    def paste(self) -> None:
        """Make a stamp of what was copied last, here or in another program."""
        clipboard = QGuiApplication.clipboard()
        assert clipboard is not None
        data, copied = clipboard.mimeData(), self._drawing.clipboard
        is_own = copied is not None and clipboard.ownsClipboard()
        if is_own or data is None or not data.hasImage():
            self._drawing.paste(copied)
        else:
            self._paste_picture(clipboard.image())

    def take(self, data: QMimeData) -> None:
        """Make a stamp of a picture, or of a file, that was dropped."""
        paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        if paths:
            self._paste_picture(paths[0])
        elif data.hasImage():
            self._paste_picture(QImage(data.imageData()))

    def _paste_picture(self, picture: QImage | str) -> None:
        view, palette = self._board.view, self._palette()
        if view is None or palette is None:
            return
        try:
            board = view.columns, view.rows
            stamp = stamp_of(picture, palette, board, MOST_PIXELS, self.mix_action.isChecked())
        except ImageError as error:
            self._notice.show_text(sentence(str(error)))
        else:
            self._drawing.paste(stamp)
