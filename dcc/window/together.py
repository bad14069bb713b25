"""What people draw together: the menu of shared templates, and how much of the chosen one is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5.QtCore import QObject
from PyQt5.QtWidgets import QAction, QActionGroup, QMenu, QWidget
from twisted.python.failure import Failure

from dcc.client.link import Link
from dcc.client.templates import Template
from dcc.core.canvas import Canvas
from dcc.core.places import Place
from dcc.errors import DccError, ServerUnavailable
from dcc.language import _, number
from dcc.protocol.messages import SharedTemplate, TemplateNews
from dcc.window.board_widget import BoardWidget
from dcc.window.labels import Label
from dcc.window.overlay import Notice
from dcc.window.palette_widget import PaletteWidget
from dcc.window.template_layer import Look
from dcc.wording import sentence


class Together(QObject):
    """Offers the templates of the server.

    :ivar menu: with the templates, how they are shown, and the next missing pixel; hidden without a template.
    :ivar next_action: leads to the next missing pixel.
    :ivar progress: how much of the chosen template is done, for the window's bottom.
    """

    def __init__(
        self, link: Link, board: BoardWidget, palette: PaletteWidget, notice: Notice, menu: QMenu, window: QWidget
    ) -> None:
        super().__init__(window)
        self.menu = menu
        self.progress = Label(parent=window)
        self.progress.hide()
        self._link = link
        self._board = board
        self._palette = palette
        self._notice = notice
        self._news: tuple[TemplateNews, ...] = ()
        self._known: dict[int, Template] = {}
        self._offered: set[int] = set()
        self._canvas: Canvas | None = None
        self._number = 0  # of the chosen template, also while the server has not told the templates
        self._look = Look.HALF
        self._choices = QActionGroup(self)
        self._entries: dict[int, QAction] = {}
        self._end_of_choices = menu.addSeparator()
        looks = QActionGroup(self)
        for look, text in (
            (Look.HALF, _("&Half transparent")),
            (Look.DOTS, _("&Dots")),
            (Look.MISSING, _("Only what is &missing")),
        ):
            action = self._checkable(text, looks, partial(self._choose_look, look))
            action.setChecked(look is self._look)
            menu.addAction(action)
        menu.addSeparator()
        self.one_colour = QAction(_("Only the chosen &colour"), self)
        self.one_colour.setCheckable(True)
        self.one_colour.triggered.connect(self._show)
        menu.addAction(self.one_colour)
        self.next_action = QAction(_("&Next missing pixel"), self)
        self.next_action.triggered.connect(self.lead)
        menu.addAction(self.next_action)
        menu.aboutToShow.connect(self._ask_for_all)
        palette.colour_chosen.connect(lambda _index: self._show() if self.one_colour.isChecked() else None)
        board.changed.connect(self._tell)
        self.show_rules()

    def _checkable(self, text: str, group: QActionGroup, does: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setCheckable(True)
        action.triggered.connect(lambda _is_checked: does())
        group.addAction(action)
        return action

    # --- the templates ------------------------------------------------------------------------------------

    def show_rules(self) -> None:
        """Take changed rules: templates may have come and gone."""
        news = self._link.replica.rules.templates
        if (entry := self.menu.menuAction()) is not None:
            entry.setVisible(bool(news))
        self.next_action.setEnabled(bool(news))
        canvas = self._link.replica.canvas
        if canvas is not self._canvas:
            self._canvas, self._number, self._known = canvas, 0, {}
        if news == self._news:
            return
        self._news = news
        numbers = {each.number for each in news}
        self._known = {each: known for each, known in self._known.items() if each in numbers}
        for action in self._choices.actions():
            self._choices.removeAction(action)
            self.menu.removeAction(action)
        self._entries = {0: self._checkable(_("N&one"), self._choices, partial(self.choose, 0))} if news else {}
        for each in news:
            self._entries[each.number] = self._checkable("", self._choices, partial(self.choose, each.number))
        self.menu.insertActions(self._end_of_choices, list(self._entries.values()))
        self.choose(self._number)  # it may be back after a lost connection
        self._offer()

    def _offer(self) -> None:
        fresh = [each.name for each in self._news if each.number not in self._offered]
        self._offered |= {each.number for each in self._news}
        if fresh:
            line = _("A picture to draw together: {names}. Choose it in the menu Together.")
            self._notice.show_text(line.format(names=", ".join(fresh)))

    def choose(self, chosen: int) -> None:
        """Show the template of a number; none for 0."""
        self._number = chosen
        if chosen in self._entries and chosen and chosen not in self._known:
            self._ask(chosen)
        self._show()

    def _ask(self, wanted: int) -> None:
        asked = self._link.ask_template(wanted)
        asked.addCallbacks(self._take, self._refused)
        asked.addErrback(lambda failure: failure.trap(DccError) and None)

    def _ask_for_all(self) -> None:
        """Find out how much of each is done."""
        for each in self._news:
            if each.number not in self._known:
                self._ask(each.number)

    def _take(self, answer: SharedTemplate) -> None:
        canvas = self._link.replica.canvas
        author = next((each.author for each in self._news if each.number == answer.number), None)
        if canvas is None or author is None:  # it was removed meanwhile
            return
        self._known[answer.number] = Template(answer.number, answer.template, author, canvas.width)
        self._show()

    def _refused(self, failure: Failure) -> None:
        failure.trap(DccError)
        if not failure.check(ServerUnavailable):
            self._notice.show_text(sentence(str(failure.value)))

    # --- the chosen one -----------------------------------------------------------------------------------

    def _choose_look(self, look: Look) -> None:
        self._look = look
        self._show()

    @property
    def _only(self) -> int | None:
        return self._palette.chosen if self.one_colour.isChecked() else None

    def _show(self) -> None:
        self._board.template.show(self._known.get(self._number), self._look, self._only)
        self._board.update()
        self._tell()

    def _tell(self) -> None:
        """Tell how much is done: of the chosen one at the bottom, of all in the menu."""
        layer = self._board.template
        if layer.template is not None:
            self.progress.setText(f"{layer.template.name}: {_percent(layer.template, layer.left)} %")
        self.progress.setVisible(layer.template is not None)
        shown = self._link.replica.shown
        for each in self._news:
            text = each.name.replace("&", "&&")
            template = self._known.get(each.number)
            if template is not None and (self.menu.isVisible() or template is layer.template):
                left = layer.left if template is layer.template else template.count_missing(shown)
                text = _("{name}: {done} of {all} pixels, {percent} %").format(
                    name=text,
                    done=number(template.total - left),
                    all=number(template.total),
                    percent=_percent(template, left),
                )
            self._entries[each.number].setText(text)
        if self._number in self._entries:
            self._entries[self._number].setChecked(True)

    def lead(self) -> None:
        """Lead to the next missing pixel of the chosen template, and choose its colour."""
        layer, view = self._board.template, self._board.view
        if layer.template is None or view is None:
            self._notice.show_text(_("Choose a picture to draw together first."))
            return
        column, row = self._board.key_cell or view.middle_cell()
        found = layer.template.next_missing(self._link.replica.shown, row * view.columns + column, self._only)
        if found is None:
            line = _("Nothing is missing of {name}.")
            if self._only is not None:
                line = _("Nothing of this colour is missing of {name}.")
            self._notice.show_text(line.format(name=layer.template.name))
            return
        self._palette.choose(found[1])
        self._board.go_to(Place(found[0] % view.columns, found[0] // view.columns))
        self._board.setFocus()


def _percent(template: Template, left: int) -> int:
    """Return how much is done; 100 only if nothing is missing."""
    return (template.total - left) * 100 // template.total
