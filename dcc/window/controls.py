"""What stands below the board: what the user may paint now, with which colour, and under which name."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from dcc.language import _
from dcc.window import theme
from dcc.window.labels import Label
from dcc.window.name_field import NameField
from dcc.window.palette_widget import ColourSearch, PaletteWidget, RecentColours
from dcc.window.prompt import Prompt
from dcc.window.ring import Ring

_PALETTE_SHARE = 0.3
"""Largest share of the window's height for the palette; a larger palette scrolls."""

_WIDE = 560
"""Least width with room for the name of the colour beside the call to choose one."""

_NAME_WIDE = 680
"""Least width with room for a label before the name as well."""


class Controls(QWidget):
    """The parts below the board, in their places.

    :ivar confirm_button: paints what was placed before.
    :ivar colour_name: of the chosen colour.
    """

    def __init__(self) -> None:
        super().__init__()
        self.prompt = Prompt()
        self.ring = Ring()
        self.name_field = NameField()
        self.name_field.shown.connect(self._show_words)
        self._is_wide = True
        self.palette_widget = PaletteWidget()
        self.recent = RecentColours(self.palette_widget)
        self.search = ColourSearch(self.palette_widget)
        self._swatches = QScrollArea()
        self._swatches.setWidget(self.palette_widget)
        self._swatches.setWidgetResizable(True)
        self._swatches.setFrameShape(QFrame.NoFrame)
        self._swatches.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._swatches.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        below = QVBoxLayout(self)
        below.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        below.setSpacing(theme.GAP // 2)
        self.colour_name = Label()
        self.colour_name.setObjectName("muted")
        self.confirm_button = QPushButton(_("Paint it"))
        self.confirm_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.confirm_button.setObjectName("confirm")
        self.confirm_button.setToolTip(_("Enter"))
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addStretch(1)
        row.addWidget(self.prompt)
        row.addWidget(self.ring)
        row.addWidget(self.colour_name)
        row.addWidget(self.name_field)
        row.addWidget(self.confirm_button)
        # The board would move under the pointer if the button changed the height as it appears.
        row.addStrut(self.confirm_button.sizeHint().height())
        row.addStretch(1)
        below.addLayout(row)
        at_hand = QHBoxLayout()
        at_hand.setSpacing(theme.GAP)
        at_hand.addStretch(1)
        at_hand.addWidget(self.recent)
        at_hand.addWidget(self.search)
        at_hand.addStretch(1)
        below.addLayout(at_hand)
        below.addWidget(self._swatches)

    def show_colour(self, index: int) -> None:
        """Show which colour is chosen."""
        swatch = self.palette_widget.swatch(index)
        self._swatches.ensureWidgetVisible(swatch)
        self.colour_name.setText(swatch.accessibleName())
        self.ring.show_colour(swatch.value)

    def fit(self, width: int, height: int) -> None:
        """Give a large palette its share of a window."""
        self._is_wide = width >= _WIDE
        self._show_words()
        self.name_field.label.setVisible(width >= _NAME_WIDE)
        needed = self.palette_widget.heightForWidth(width - 2 * theme.GAP)
        most = max(round(height * _PALETTE_SHARE), self.palette_widget.minimumSizeHint().height())
        # Qt would keep a bar that takes the room of a column, and so is needed only for itself.
        fits = needed <= most
        bar = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if fits else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self._swatches.setVerticalScrollBarPolicy(bar)
        self._swatches.setFixedHeight(min(needed, most))

    def _show_words(self) -> None:
        """Show the name of the colour, if it stands alone: the name of the user beside it would be read with it."""
        self.colour_name.setVisible(self._is_wide and self.name_field.isHidden())
