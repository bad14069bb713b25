"""The one spelling of actions, on the wire and in the record."""

from __future__ import annotations

import base64
import json
import zlib

from dcc import limits, reasons
from dcc.core import actions, templates
from dcc.core.actions import (
    KINDS,
    ROLES,
    Action,
    AddAreas,
    AddGrid,
    AddKey,
    AddTemplate,
    Announce,
    Area,
    Ban,
    Choice,
    Clear,
    Entry,
    Freeze,
    Group,
    NameMoment,
    Rectangle,
    RemoveAreas,
    RemoveTemplate,
    RevokeKey,
    RollBack,
    SetCooldown,
    SetEntry,
    SetRest,
    Thaw,
    Unban,
)
from dcc.core.people import Role, digest_key
from dcc.core.templates import TemplatePixels
from dcc.errors import Refusal
from tests.support.wire import TableTestCase, each

PLACE = Rectangle(1, 2, 3, 4)
DIGEST = digest_key("a key")
DATA = templates.spell(TemplatePixels(bytes([1, 0, 2, 1, 0, 2]), bytes([1, 0, 1, 1, 0, 1])))
"""Of a template of 3 x 2 cells."""


def template(**changed: object) -> dict[str, object]:
    """Return the words of a template, changed."""
    words: dict[str, object] = {"accion": "plantilla", "nombre": "cat", "columna": 0, "fila": 0, "ancho": 3, "alto": 2}
    return words | {"datos": DATA} | changed


def packed(data: bytes) -> str:
    """Return bytes as the pixels of a template are spelled."""
    return base64.b64encode(zlib.compress(data)).decode()


ACTIONS: tuple[Action, ...] = (
    Freeze(),
    Thaw(),
    AddAreas((Area("Ada", PLACE, ("Ada", "Bob")), Area("sky", PLACE, Group.NOBODY))),
    AddGrid(("Ada", "Bob")),
    AddGrid(("Ada",), PLACE),
    RemoveAreas(),
    RemoveAreas(("Ada",)),
    SetRest(Group.MODERATORS),
    SetRest(("Ada",)),
    Ban("Ada", "", "spam"),
    Ban("", "192.0.2.0/24", "spam", from_connecting=True, until_ms=1),
    Unban("Ada"),
    Unban("", "192.0.2.7"),
    Announce("Ten minutes left"),
    Announce(""),
    NameMoment("Lesson 3"),
    AddTemplate("cat", Rectangle(1, 2, 3, 2), DATA),
    RemoveTemplate("cat"),
    SetEntry(Entry.OPEN),
    SetEntry(Entry.CODE, "sunflower"),
    SetEntry(Entry.KEYS),
    SetCooldown(0),
    SetCooldown(30, 10),
    AddKey("Ada", DIGEST, Role.OWN),
    AddKey("Ada", DIGEST, Role.WATCH, 1),
    RevokeKey("Ada"),
    RollBack(Choice(names=("Ada",), networks=("192.0.2.0/24",), connections_of=(7,))),
    RollBack(Choice(place=PLACE, since_ms=0, until_ms=1)),
    RollBack(Choice(action=3)),
    Clear(),
    Clear(PLACE),
)
"""Each action, and each form of its values."""

WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({}, reasons.UNKNOWN_ACTION.code),
    ({"accion": "volar"}, reasons.UNKNOWN_ACTION.code),
    ({"accion": ["congelar"]}, reasons.UNKNOWN_ACTION.code),
    ({"accion": "zonas", "zonas": {}}, reasons.WRONG_VALUE.code),
    ({"accion": "zonas", "zonas": ["Ada"]}, reasons.WRONG_VALUE.code),
    ({"accion": "zonas", "zonas": [{}] * (limits.AREAS + 1)}, reasons.WRONG_VALUE.code),
    ({"accion": "zonas", "zonas": [{"nombre": "", "columna": 0, "fila": 0, "ancho": 1, "alto": 1}]}, "nombre-erroneo"),
    ({"accion": "zonas", "zonas": [{"nombre": "a", "columna": -1, "fila": 0, "ancho": 1, "alto": 1}]}, "valor-erroneo"),
    ({"accion": "zonas", "zonas": [{"nombre": "a", "columna": 0, "fila": 0, "ancho": 0, "alto": 1}]}, "valor-erroneo"),
    (
        {"accion": "zonas", "zonas": [{"nombre": "a", "columna": 0, "fila": 0, "ancho": 1.0, "alto": 1}]},
        "valor-erroneo",
    ),
    (
        {"accion": "zonas", "zonas": [{"nombre": "a", "columna": 0, "fila": True, "ancho": 1, "alto": 1}]},
        "valor-erroneo",
    ),
    ({"accion": "cuadricula", "nombres": ["Ada", "\ufeffBob"]}, reasons.NO_NAME.code),
    ({"accion": "cuadricula", "nombres": "Ada"}, reasons.WRONG_VALUE.code),
    ({"accion": "resto"}, reasons.WRONG_VALUE.code),
    ({"accion": "resto", "quien": "todas"}, reasons.WRONG_VALUE.code),
    ({"accion": "resto", "quien": [7]}, reasons.NO_NAME.code),
    ({"accion": "vetar", "motivo": "spam"}, reasons.ONE_TARGET.code),
    ({"accion": "vetar", "nombre": "Ada", "direccion": "192.0.2.7", "motivo": "spam"}, reasons.ONE_TARGET.code),
    ({"accion": "vetar", "nombre": "Ada"}, reasons.WRONG_VALUE.code),
    ({"accion": "vetar", "nombre": "Ada", "motivo": " "}, reasons.WRONG_VALUE.code),
    ({"accion": "vetar", "nombre": "Ada", "motivo": "x" * 201}, reasons.WRONG_VALUE.code),
    ({"accion": "vetar", "nombre": "Ada", "motivo": "spam", "hasta_ms": "1"}, reasons.WRONG_VALUE.code),
    ({"accion": "vetar", "nombre": "Ada", "motivo": "spam", "entrar": 1}, reasons.WRONG_VALUE.code),
    ({"accion": "vetar", "direccion": "here", "motivo": "spam"}, reasons.NO_NETWORK.code),
    ({"accion": "vetar", "direccion": "192.0.2.0/33", "motivo": "spam"}, reasons.NO_NETWORK.code),
    ({"accion": "vetar", "direccion": 7.5, "motivo": "spam"}, reasons.NO_NETWORK.code),
    ({"accion": "perdonar"}, reasons.ONE_TARGET.code),
    ({"accion": "anunciar"}, reasons.WRONG_VALUE.code),
    ({"accion": "anunciar", "texto": "x" * 201}, reasons.WRONG_VALUE.code),
    ({"accion": "anunciar", "texto": "a\u202eb"}, reasons.WRONG_VALUE.code),
    ({"accion": "momento", "nombre": "a\nb"}, reasons.NO_NAME.code),
    (template(nombre=" cat"), reasons.NO_NAME.code),
    (template(columna=-1), reasons.WRONG_VALUE.code),
    (template(ancho=0), reasons.WRONG_VALUE.code),
    (template(ancho=None), reasons.WRONG_VALUE.code),
    (template(datos=7), reasons.WRONG_VALUE.code),
    (template(datos=""), reasons.TEMPLATE_BROKEN.code),
    (template(datos="ñ" * 8), reasons.TEMPLATE_BROKEN.code),
    (template(datos=DATA[:-1]), reasons.TEMPLATE_BROKEN.code),
    (template(datos=DATA + "\n"), reasons.TEMPLATE_BROKEN.code),
    (template(datos=base64.b64encode(b"no zlib stream").decode()), reasons.TEMPLATE_BROKEN.code),
    (template(datos=packed(bytes([1] * 11))), reasons.TEMPLATE_BROKEN.code),
    (template(datos=packed(bytes([1] * 13))), reasons.TEMPLATE_BROKEN.code),
    (template(datos=packed(bytes([1] * 11 + [2]))), reasons.TEMPLATE_BROKEN.code),
    (template(datos=packed(bytes(12))), reasons.TEMPLATE_BROKEN.code),
    (template(datos=packed(bytes(10**7))), reasons.TEMPLATE_BROKEN.code),
    (template(datos="A" * (limits.TEMPLATE_CHARACTERS + 1)), reasons.TEMPLATE_TOO_LARGE.code),
    (template(ancho=4096, alto=257), reasons.TEMPLATE_TOO_LARGE.code),
    (template(ancho=10**17, alto=10**17), reasons.TEMPLATE_TOO_LARGE.code),
    ({"accion": "quitar-plantilla"}, reasons.NO_NAME.code),
    ({"accion": "entrada"}, reasons.WRONG_VALUE.code),
    ({"accion": "entrada", "entrada": ["codigo"]}, reasons.WRONG_VALUE.code),
    ({"accion": "entrada", "entrada": "codigo"}, reasons.NO_NAME.code),
    ({"accion": "entrada", "entrada": "abierta", "codigo": "x"}, reasons.WRONG_VALUE.code),
    ({"accion": "pausa"}, reasons.WRONG_VALUE.code),
    ({"accion": "pausa", "segundos": -1}, reasons.WRONG_VALUE.code),
    ({"accion": "pausa", "segundos": 1, "cargas": 0}, reasons.WRONG_VALUE.code),
    ({"accion": "pausa", "segundos": 10**18}, reasons.WRONG_VALUE.code),
    ({"accion": "clave", "nombre": "Ada", "huella": "A" * 64, "rol": "pintar"}, reasons.WRONG_VALUE.code),
    ({"accion": "clave", "nombre": "Ada", "huella": DIGEST, "rol": "own"}, reasons.WRONG_VALUE.code),
    ({"accion": "clave", "nombre": "Ada", "huella": DIGEST, "rol": []}, reasons.WRONG_VALUE.code),
    ({"accion": "clave", "huella": DIGEST, "rol": "pintar"}, reasons.NO_NAME.code),
    ({"accion": "revocar"}, reasons.NO_NAME.code),
    ({"accion": "deshacer"}, reasons.WRONG_VALUE.code),
    ({"accion": "deshacer", "elegir": {}}, reasons.NOTHING_CHOSEN.code),
    ({"accion": "deshacer", "elegir": {"de": [0]}}, reasons.WRONG_VALUE.code),
    ({"accion": "deshacer", "elegir": {"nombres": [""]}}, reasons.NO_NAME.code),
    ({"accion": "deshacer", "elegir": {"direcciones": ["x"]}}, reasons.NO_NETWORK.code),
    ({"accion": "deshacer", "elegir": {"zona": 7}}, reasons.WRONG_VALUE.code),
    ({"accion": "deshacer", "elegir": {"numero": "3"}}, reasons.WRONG_VALUE.code),
    ({"accion": "limpiar", "zona": None}, reasons.WRONG_VALUE.code),
)
"""Words that are no action, and the code of the refusal."""


class SpellingTests(TableTestCase):
    """From actions to words and back."""

    def test_the_table_has_every_action(self) -> None:
        self.assertEqual({type(action) for action in ACTIONS}, set(ROLES))
        self.assertEqual(set(KINDS), set(ROLES))

    @each({f"{number} {KINDS[type(action)]}": action for number, action in enumerate(ACTIONS)})
    def test_reading_undoes_writing(self, action: Action) -> None:
        self.assertEqual(actions.read(json.loads(json.dumps(actions.write(action)))), action)

    @each({f"{number} {row[0].get('accion')}": row for number, row in enumerate(WRONG)})
    def test_wrong_words_are_refused_with_a_code(self, row: tuple[dict[str, object], str]) -> None:
        words, code = row
        refusal = self.assertRaises(Refusal, actions.read, words)
        self.assertEqual(refusal.code, code)

    def test_an_address_with_bits_of_a_host_is_its_network(self) -> None:
        ban = actions.read({"accion": "vetar", "direccion": "192.0.2.7/24", "motivo": "spam"})
        self.assertEqual(ban, Ban("", "192.0.2.0/24", "spam"))

    def test_unknown_keys_are_ignored(self) -> None:
        self.assertEqual(actions.read({"accion": "congelar", "solicitud": 7, "extra": []}), Freeze())
