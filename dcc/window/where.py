"""Where one is on the board: going to a cell, a link to what is seen, the minimap."""

from __future__ import annotations

from PyQt5.QtCore import QObject, Qt
from PyQt5.QtGui import QGuiApplication
from PyQt5.QtWidgets import QAction, QWidget

from dcc.client.address import Invitation, link_to
from dcc.language import _
from dcc.window.board_widget import BoardWidget
from dcc.window.dialogs import PlaceDialog
from dcc.window.minimap import Minimap
from dcc.window.overlay import Notice
from dcc.window.preferences import MINIMAP, Preferences


class Where(QObject):
    """What the menu offers.

    :ivar minimap: over the board.
    :ivar go_to: asks for a cell.
    :ivar copy_link: copies a link.
    :ivar show_minimap: shows or hides the minimap.
    """

    def __init__(
        self, board: BoardWidget, notice: Notice, invitation: Invitation, preferences: Preferences, window: QWidget
    ) -> None:
        """:param invitation: with the server's page if known, and with the place to show first."""
        super().__init__(window)
        self._board = board
        self._notice = notice
        self._invitation = invitation
        self._preferences = preferences
        self._window = window
        self.minimap = Minimap(board, preferences[MINIMAP])
        self.go_to = QAction(_("G&o to a cell…"), self)
        self.go_to.triggered.connect(self._ask)
        self.copy_link = QAction(_("Copy &link"), self)
        self.copy_link.triggered.connect(self._copy)
        self.show_minimap = QAction(_("&Minimap"), self)
        self.show_minimap.setCheckable(True)
        self.show_minimap.setChecked(self.minimap.is_wanted)
        self.show_minimap.triggered.connect(self._show_minimap)

    def show_first_place(self) -> None:
        """Show the place of the link that led here, with the first board."""
        if self._invitation.place is not None:
            self._board.show_place(self._invitation.place)
            self._invitation = self._invitation._replace(place=None)

    def _ask(self) -> None:
        view = self._board.view
        if view is None:
            return
        dialog = PlaceDialog(view.columns, view.rows, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._board.go_to)
        dialog.open()

    def _copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        assert clipboard is not None
        link = link_to(self._invitation._replace(place=self._board.seen()))
        clipboard.setText(link)
        self._notice.show_text(_("Link copied: {link}").format(link=link))

    def _show_minimap(self, is_wanted: bool) -> None:
        self.minimap.want(is_wanted)
        self._preferences.keep(MINIMAP, is_wanted)
        if is_wanted and not self.minimap.isVisible():
            self._notice.show_text(_("The minimap is seen when the board is larger than the view."))
