"""Actions, choices, and what moderators are told: in words and back."""

from __future__ import annotations

import json
import string
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc import limits
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
    LogEntry,
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
from dcc.core.people import KEY_BYTES, Role, digest_key, is_name, spell_key
from dcc.core.placements import LATEST_MS, Painter
from dcc.core.templates import TemplatePixels
from dcc.errors import ProtocolError, Refusal
from dcc.protocol import codec, version2
from dcc.protocol.messages import (
    Act,
    ActionLog,
    AskLog,
    AskPeople,
    AskPreview,
    AskTemplate,
    Author,
    ClientMessage,
    Cooldown,
    Done,
    Guest,
    Hello,
    KeyHolder,
    People,
    Preview,
    RulesNews,
    ServerMessage,
    SharedTemplate,
    TemplateNews,
    Welcome,
)
from tests.protocol.test_version2 import INTEGERS, PALETTES, PIXELS, SIDES, U32, U64
from tests.support.wire import TableTestCase, each

NUMBERS = st.integers(0, 10**limits.DECIMAL_DIGITS - 1)
FROM_ONE = st.integers(1, 10**limits.DECIMAL_DIGITS - 1)
TIMES = st.none() | st.integers(0, LATEST_MS - 1)
NAMES = st.text(max_size=limits.NAME_CHARACTERS).filter(is_name)
NAME_LISTS = st.lists(NAMES, max_size=5).map(tuple)
TEXTS = st.text(max_size=limits.ANNOUNCEMENT_CHARACTERS).filter(str.isprintable)
REASONS = TEXTS.filter(str.strip)
NETWORKS = st.sampled_from(("203.0.113.9", "203.0.113.0/24", "2001:db8::/48", "2001:db8::1", "0.0.0.0/0"))
PLACES = st.builds(Rectangle, NUMBERS, NUMBERS, FROM_ONE, FROM_ONE)
ALLOWED = st.sampled_from(Group) | NAME_LISTS
AREAS = st.lists(st.builds(Area, NAMES, PLACES, ALLOWED), max_size=4).map(tuple)
TARGETS = st.one_of(st.tuples(NAMES, st.just("")), st.tuples(st.just(""), NETWORKS))
CHOICES = st.builds(
    Choice,
    NAME_LISTS,
    st.lists(NETWORKS, max_size=3).map(tuple),
    st.lists(FROM_ONE, max_size=3).map(tuple),
    st.none() | FROM_ONE,
    st.none() | PLACES,
    TIMES,
    TIMES,
).filter(lambda choice: choice != Choice())
ROLE = st.sampled_from(Role)

BANS = st.builds(lambda target, *rest: Ban(*target, *rest), TARGETS, REASONS, st.booleans(), TIMES)
DIGESTS = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES).map(lambda random: digest_key(spell_key(random)))
CELLS = st.integers(1, 12)


@st.composite
def _templates(draw: st.DrawFn) -> AddTemplate:
    place = draw(st.builds(Rectangle, NUMBERS, NUMBERS, CELLS, CELLS))
    cells = place.width * place.height
    painted = draw(st.lists(st.sampled_from((0, 1)), min_size=cells, max_size=cells).filter(any))
    pixels = TemplatePixels(draw(st.binary(min_size=cells, max_size=cells)), bytes(painted))
    return AddTemplate(draw(NAMES), place, templates.spell(pixels))


TEMPLATES = _templates()
BY_KIND: dict[type[Any], st.SearchStrategy[Action]] = {
    Freeze: st.just(Freeze()),
    Thaw: st.just(Thaw()),
    AddAreas: st.builds(AddAreas, AREAS),
    AddGrid: st.builds(AddGrid, NAME_LISTS, st.none() | PLACES),
    RemoveAreas: st.builds(RemoveAreas, NAME_LISTS),
    SetRest: st.builds(SetRest, ALLOWED),
    Ban: BANS,
    Unban: TARGETS.map(lambda target: Unban(*target)),
    Announce: st.builds(Announce, TEXTS),
    NameMoment: st.builds(NameMoment, NAMES),
    AddTemplate: TEMPLATES,
    RemoveTemplate: st.builds(RemoveTemplate, NAMES),
    SetEntry: st.builds(SetEntry, st.sampled_from((Entry.OPEN, Entry.KEYS)))
    | st.builds(SetEntry, st.just(Entry.CODE), NAMES),
    SetCooldown: st.builds(SetCooldown, NUMBERS, FROM_ONE),
    AddKey: st.builds(AddKey, NAMES, DIGESTS, ROLE, TIMES),
    RevokeKey: st.builds(RevokeKey, NAMES),
    RollBack: st.builds(RollBack, CHOICES),
    Clear: st.builds(Clear, st.none() | PLACES),
}
TEMPLATE_NEWS = st.lists(st.builds(TemplateNews, NUMBERS, NAMES, PLACES, NAMES), max_size=3).map(tuple)
ACTIONS = st.one_of(*BY_KIND.values())
PAINTERS = st.builds(Painter, INTEGERS, st.text(), st.text(), st.booleans())

FROM_A_CLIENT: st.SearchStrategy[ClientMessage] = st.one_of(
    st.builds(
        Hello,
        st.just(2),
        st.none(),
        st.none(),
        NAMES,
        st.text(max_size=limits.KEY_CHARACTERS),
        st.text(max_size=limits.NAME_CHARACTERS),
        st.booleans(),
    ),
    st.builds(Act, U32, ACTIONS),
    st.builds(AskPreview, U32, CHOICES),
    st.builds(AskTemplate, U32, INTEGERS),
    st.builds(AskPeople, U32),
    st.builds(AskLog, U32, st.none() | INTEGERS),
)

FROM_A_SERVER: st.SearchStrategy[ServerMessage] = st.one_of(
    st.builds(Welcome, INTEGERS, st.text(), SIDES, SIDES, PALETTES, INTEGERS, ROLE, st.text()),
    st.builds(Cooldown, INTEGERS, INTEGERS, INTEGERS, INTEGERS, INTEGERS.filter(bool)),
    st.builds(
        Author,
        U32,
        INTEGERS,
        INTEGERS,
        st.none() | st.text(),
        *[st.none() | INTEGERS] * 3,
        st.booleans(),
        st.none() | st.text(),
    ),
    st.builds(RulesNews, st.sampled_from(Entry), st.booleans(), ALLOWED, AREAS, st.text(), TEMPLATE_NEWS),
    st.builds(SharedTemplate, U32, NUMBERS, TEMPLATES),
    st.builds(Done, U32, INTEGERS, INTEGERS, INTEGERS),
    st.builds(Preview, U32, U64, U32, PIXELS),
    st.builds(
        People,
        U32,
        st.lists(st.builds(Guest, INTEGERS, st.text(), st.booleans(), ROLE, st.text()), max_size=3).map(tuple),
        st.lists(BANS, max_size=3).map(tuple),
        st.text(),
        st.lists(st.tuples(st.text(), INTEGERS), max_size=3).map(tuple),
        st.lists(st.builds(KeyHolder, st.text(), ROLE, st.none() | INTEGERS), max_size=3).map(tuple),
    ),
    st.builds(
        ActionLog,
        U32,
        st.lists(st.builds(LogEntry, INTEGERS, INTEGERS, INTEGERS, PAINTERS, ACTIONS, INTEGERS), max_size=4).map(tuple),
    ),
)

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
KEYS = [
    "accion",
    "ancho",
    "alto",
    "antes",
    "cargas",
    "celdas",
    "clave",
    "claves",
    "codigo",
    "columna",
    "congelado",
    "de",
    "desde_ms",
    "direccion",
    "direcciones",
    "elegir",
    "entrada",
    "entrar",
    "fila",
    "gente",
    "hasta_ms",
    "huella",
    "intentos",
    "mirar",
    "motivo",
    "nombre",
    "nombres",
    "numero",
    "que",
    "quien",
    "resto",
    "rol",
    "secuencia",
    "segundos",
    "solicitud",
    "texto",
    "vetos",
    "zona",
    "zonas",
    "acciones",
    "anuncio",
    "id",
    "probado",
    "veces",
    "ms",
]


def sent(words: dict[str, Any]) -> bytes:
    return json.dumps(words).encode()


class RoundTripTests(SynchronousTestCase):
    """Random messages, and messages that are nearly right."""

    def test_every_action_has_a_word_a_least_role_and_a_place_among_these_tests(self) -> None:
        self.assertEqual(list(BY_KIND), list(ROLES))
        self.assertEqual(list(BY_KIND), list(KINDS))
        self.assertEqual(len(set(KINDS.values())), len(KINDS))

    @given(st.one_of(*BY_KIND.values()))
    @settings(deadline=None, derandomize=True, max_examples=300)
    def test_an_action_is_read_as_it_was_written_on_the_wire_and_in_the_record(self, action: Action) -> None:
        self.assertEqual(actions.read(json.loads(json.dumps(actions.write(action)))), action)

    @given(FROM_A_CLIENT)
    @settings(deadline=None, derandomize=True)
    def test_a_server_decodes_what_a_client_encodes(self, message: ClientMessage) -> None:
        self.assertEqual(codec.decode_client(version2.encode_command(message)), message)

    @given(FROM_A_SERVER)
    @settings(deadline=None, derandomize=True)
    def test_a_client_decodes_what_a_server_encodes(self, message: ServerMessage) -> None:
        self.assertEqual(codec.decode_server(version2.encode(message)), message)

    @given(
        st.sampled_from(("nuevo", "accion", "elegir", "gente", "diario", "reglas", "hecho", "bienvenida", "espera")),
        st.sampled_from(tuple(KINDS.values())),
        st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6),
        st.booleans(),
    )
    @settings(deadline=None, derandomize=True, max_examples=400)
    def test_any_words_are_a_message_or_one_line_that_a_screen_can_show(
        self, word: str, kind: str, words: dict[str, Any], is_known: bool
    ) -> None:
        if is_known:
            words = {"solicitud": 1, "version": 2, **words, "accion": kind}
        payload = sent({**words, "comando": word})
        for decode in (codec.decode_client, codec.decode_server):
            try:
                message = decode(payload)
            except ProtocolError as error:
                self.assertTrue(str(error).isprintable())
                continue
            if isinstance(message, Act) and isinstance(message.action, Refusal):
                self.assertTrue(str(message.action).isprintable())
            if isinstance(message, AskPreview) and isinstance(message.choice, Refusal):
                self.assertTrue(str(message.choice).isprintable())


AREA = {"nombre": "sky", "columna": 0, "fila": 0, "ancho": 2, "alto": 1}
DIGEST = "ab" * 32

WRONG_NAMES: dict[str, Any] = {
    "missing": None,
    "empty": "",
    "a number": 5,
    "too long": "x" * 33,
    "with a space before": " Ada",
    "with a space behind": "Ada ",
    "of spaces": "   ",
    "with a line end": "A\nda",
    "with an escape": "A\x1b[2Jda",
    "with a byte order mark": "\ufeffAda",
    "with a space of no width": "A\u200bda",
    "with a joiner of no width": "A\u200dda",
    "with a mark of writing direction": "A\u202eda",
    "with a soft hyphen": "A\u00adda",
    "with half a surrogate pair": "A\ud800",
    "not composed": "An\u0303a",
}

WRONG_ACTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "no action": ({}, "accion-desconocida"),
    "an action that is a number": ({"accion": 5}, "accion-desconocida"),
    "an action that is a list": ({"accion": []}, "accion-desconocida"),
    "an action of another language": ({"accion": "freeze"}, "accion-desconocida"),
    "areas that are a word": ({"accion": "zonas", "zonas": "sky"}, "valor-erroneo"),
    "areas that are numbers": ({"accion": "zonas", "zonas": [5]}, "valor-erroneo"),
    "too many areas": ({"accion": "zonas", "zonas": [AREA] * (limits.AREAS + 1)}, "valor-erroneo"),
    "an area without a name": ({"accion": "zonas", "zonas": [{**AREA, "nombre": None}]}, "nombre-erroneo"),
    "an area without a column": ({"accion": "zonas", "zonas": [{**AREA, "columna": None}]}, "valor-erroneo"),
    "an area that begins before the board": ({"accion": "zonas", "zonas": [{**AREA, "fila": -1}]}, "valor-erroneo"),
    "an area without width": ({"accion": "zonas", "zonas": [{**AREA, "ancho": 0}]}, "valor-erroneo"),
    "an area with half a cell": ({"accion": "zonas", "zonas": [{**AREA, "alto": 1.5}]}, "valor-erroneo"),
    "an area of a group unheard of": ({"accion": "zonas", "zonas": [{**AREA, "quien": "amigos"}]}, "valor-erroneo"),
    "an area of an object": ({"accion": "zonas", "zonas": [{**AREA, "quien": {}}]}, "valor-erroneo"),
    "an area of a wrong name": ({"accion": "zonas", "zonas": [{**AREA, "quien": [""]}]}, "nombre-erroneo"),
    "a grid of a wrong name": ({"accion": "cuadricula", "nombres": ["Ada", 5]}, "nombre-erroneo"),
    "a grid of too many": ({"accion": "cuadricula", "nombres": ["Ada"] * (limits.AREAS + 1)}, "valor-erroneo"),
    "a grid in no place": ({"accion": "cuadricula", "nombres": ["Ada"], "zona": None}, "valor-erroneo"),
    "a rest of nobody in particular": ({"accion": "resto"}, "valor-erroneo"),
    "a ban of nobody": ({"accion": "vetar", "motivo": "so"}, "un-objetivo"),
    "a ban of a name and an address": (
        {"accion": "vetar", "nombre": "Eve", "direccion": "203.0.113.9", "motivo": "so"},
        "un-objetivo",
    ),
    "a ban of a host's name": (
        {"accion": "vetar", "direccion": "example.org", "motivo": "so"},
        "direccion-erronea",
    ),
    "a ban of a number": ({"accion": "vetar", "direccion": 5, "motivo": "so"}, "direccion-erronea"),
    "a ban of true": ({"accion": "vetar", "direccion": True, "motivo": "so"}, "direccion-erronea"),
    "a ban of a list": ({"accion": "vetar", "direccion": ["203.0.113.9"], "motivo": "so"}, "direccion-erronea"),
    "a ban of an impossible network": (
        {"accion": "vetar", "direccion": "203.0.113.0/33", "motivo": "so"},
        "direccion-erronea",
    ),
    "a ban of an interface": ({"accion": "vetar", "direccion": "fe80::1%eth0", "motivo": "so"}, "direccion-erronea"),
    "a ban without a reason": ({"accion": "vetar", "nombre": "Eve"}, "valor-erroneo"),
    "a ban for spaces": ({"accion": "vetar", "nombre": "Eve", "motivo": "  "}, "valor-erroneo"),
    "a ban for an escape": ({"accion": "vetar", "nombre": "Eve", "motivo": "\x1b[2J"}, "valor-erroneo"),
    "a ban for a long story": ({"accion": "vetar", "nombre": "Eve", "motivo": "x" * 201}, "valor-erroneo"),
    "a ban that may be from connecting": (
        {"accion": "vetar", "nombre": "Eve", "motivo": "so", "entrar": 1},
        "valor-erroneo",
    ),
    "a ban until a word": ({"accion": "vetar", "nombre": "Eve", "motivo": "so", "hasta_ms": "lunes"}, "valor-erroneo"),
    "a ban until true": ({"accion": "vetar", "nombre": "Eve", "motivo": "so", "hasta_ms": True}, "valor-erroneo"),
    "a ban until after all time": (
        {"accion": "vetar", "nombre": "Eve", "motivo": "so", "hasta_ms": 10**30},
        "valor-erroneo",
    ),
    "a pardon of nobody": ({"accion": "perdonar"}, "un-objetivo"),
    "an announcement of nothing": ({"accion": "anunciar"}, "valor-erroneo"),
    "an announcement of two lines": ({"accion": "anunciar", "texto": "a\nb"}, "valor-erroneo"),
    "an announcement that turns around": ({"accion": "anunciar", "texto": "\u202eabc"}, "valor-erroneo"),
    "an announcement too long": ({"accion": "anunciar", "texto": "x" * 201}, "valor-erroneo"),
    "a moment without a name": ({"accion": "momento"}, "nombre-erroneo"),
    "an entry for friends": ({"accion": "entrada", "entrada": "amigos"}, "valor-erroneo"),
    "an entry without a kind": ({"accion": "entrada"}, "valor-erroneo"),
    "a code without a word": ({"accion": "entrada", "entrada": "codigo"}, "nombre-erroneo"),
    "a word where none is asked for": (
        {"accion": "entrada", "entrada": "claves", "codigo": "sol"},
        "valor-erroneo",
    ),
    "a pause without seconds": ({"accion": "pausa"}, "valor-erroneo"),
    "a pause before now": ({"accion": "pausa", "segundos": -1}, "valor-erroneo"),
    "a pause without a charge": ({"accion": "pausa", "segundos": 5, "cargas": 0}, "valor-erroneo"),
    "a key for nobody": ({"accion": "clave", "huella": DIGEST, "rol": "pintar"}, "nombre-erroneo"),
    "a key that is told": (
        {"accion": "clave", "nombre": "Ada", "huella": spell_key(bytes(16)), "rol": "pintar"},
        "valor-erroneo",
    ),
    "a key's digest in capitals": (
        {"accion": "clave", "nombre": "Ada", "huella": DIGEST.upper(), "rol": "pintar"},
        "valor-erroneo",
    ),
    "a key of no role": ({"accion": "clave", "nombre": "Ada", "huella": DIGEST}, "valor-erroneo"),
    "a key of a king": ({"accion": "clave", "nombre": "Ada", "huella": DIGEST, "rol": "reinar"}, "valor-erroneo"),
    "the end of no key": ({"accion": "revocar"}, "nombre-erroneo"),
    "a roll back of nothing": ({"accion": "deshacer"}, "valor-erroneo"),
    "a roll back of everything": ({"accion": "deshacer", "elegir": {}}, "nada-elegido"),
    "a clear of a word": ({"accion": "limpiar", "zona": "todo"}, "valor-erroneo"),
    **{
        f"a moment with a name {how}": ({"accion": "momento", "nombre": name}, "nombre-erroneo")
        for how, name in WRONG_NAMES.items()
    },
}

WRONG_CHOICES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "nada-elegido"),
    "no name": ({"nombres": []}, "nada-elegido"),
    "a name in no list": ({"nombres": "Eve"}, "valor-erroneo"),
    "a wrong name": ({"nombres": [""]}, "nombre-erroneo"),
    "too many names": ({"nombres": ["Eve"] * 1001}, "valor-erroneo"),
    "no network": ({"direcciones": ["here"]}, "direccion-erronea"),
    "a placement 0": ({"de": [0]}, "valor-erroneo"),
    "a placement of a word": ({"de": ["1"]}, "valor-erroneo"),
    "an action 0": ({"numero": 0}, "valor-erroneo"),
    "a place that is a list": ({"zona": [0, 0, 1, 1]}, "valor-erroneo"),
    "a time with a fraction": ({"desde_ms": 0.5}, "valor-erroneo"),
    "a time before all time": ({"hasta_ms": -1}, "valor-erroneo"),
}

FAULTS: dict[str, dict[str, Any]] = {
    "an action without a number": {"comando": "accion", "accion": "congelar"},
    "a choice with a number too large": {"comando": "elegir", "solicitud": 2**32, "numero": 1},
    "a question for people with a word": {"comando": "gente", "solicitud": "1"},
    "a question for a template without a number": {"comando": "plantilla", "solicitud": 1},
    "a question for a template with a word": {"comando": "plantilla", "solicitud": 1, "numero": "12"},
    "a question for the log before a word": {"comando": "diario", "solicitud": 1, "antes": "12"},
    "a key that is a number": {"comando": "nuevo", "version": 2, "clave": 5},
    "a code that is a list": {"comando": "nuevo", "version": 2, "codigo": ["sol"]},
    "a wish to watch that is a number": {"comando": "nuevo", "version": 2, "mirar": 1},
    "a wish to watch that is null": {"comando": "nuevo", "version": 2, "mirar": None},
}

NO_WORDS: dict[str, dict[str, Any]] = {
    "a welcome of a king": {
        "comando": "bienvenida",
        "id": 7,
        "lienzo": "5f0c",
        "ancho": 1,
        "alto": 1,
        "paleta": [["white", "#ffffff"]],
        "secuencia": 0,
        "rol": "reinar",
    },
    "rules with an entry for friends": {"comando": "reglas", "entrada": "amigos"},
    "rules with a rest that is a number": {"comando": "reglas", "resto": 5},
    "rules with areas that are a word": {"comando": "reglas", "zonas": "sky"},
    "rules with an area of no name": {"comando": "reglas", "zonas": [{**AREA, "nombre": ""}]},
    "an outcome without a number": {"comando": "hecho", "solicitud": 1, "secuencia": 0},
    "people that are a number": {"comando": "gente", "solicitud": 1, "gente": 5},
    "people without an id": {"comando": "gente", "solicitud": 1, "gente": [{"nombre": "Ada"}]},
    "people with a ban of nobody": {
        "comando": "gente",
        "solicitud": 1,
        "vetos": [{"accion": "vetar", "motivo": "so"}],
    },
    "people with a guess of no address": {"comando": "gente", "solicitud": 1, "intentos": [{"veces": 1}]},
    "a template without a place": {"comando": "plantilla", "solicitud": 1, "numero": 2, "nombre": "a", "datos": ""},
    "a template of broken pixels": {
        **{"comando": "plantilla", "solicitud": 1, "numero": 2, "nombre": "a", "datos": "x"},
        **{"columna": 0, "fila": 0, "ancho": 1, "alto": 1},
    },
    "rules with a template that is a name": {"comando": "reglas", "plantillas": ["cat"]},
    "rules with a template without a number": {"comando": "reglas", "plantillas": [{"nombre": "cat"}]},
    "a log of words": {"comando": "diario", "solicitud": 1, "acciones": ["congelar"]},
    "a log of nothing done": {
        "comando": "diario",
        "solicitud": 1,
        "acciones": [{"numero": 1, "secuencia": 0, "ms": 0, "id": 1, "nombre": ""}],
    },
    "a log of the unheard of": {
        "comando": "diario",
        "solicitud": 1,
        "acciones": [{"numero": 1, "secuencia": 0, "ms": 0, "id": 1, "nombre": "", "que": {"accion": "volar"}}],
    },
    "a wait with charges that are words": {"comando": "espera", "espera_ms": 0, "cargas": "3"},
}


class WrongValueTests(TableTestCase):
    """Actions and choices with a wrong value, which end no connection."""

    @each(WRONG_ACTIONS)
    def test_a_wrong_action_is_read_as_its_refusal(self, row: tuple[dict[str, Any], str]) -> None:
        words, code = row
        message = codec.decode_client(sent({"comando": "accion", "solicitud": 7, **words}))
        assert isinstance(message, Act) and isinstance(message.action, Refusal)
        self.assertEqual((message.request, message.action.code), (7, code))
        self.assertTrue(str(message.action).isprintable())

    @each(WRONG_CHOICES)
    def test_a_wrong_choice_is_read_as_its_refusal_in_a_question_and_in_an_action(
        self, row: tuple[dict[str, Any], str]
    ) -> None:
        words, code = row
        asked = codec.decode_client(sent({"comando": "elegir", "solicitud": 7, **words}))
        acted = codec.decode_client(sent({"comando": "accion", "solicitud": 7, "accion": "deshacer", "elegir": words}))
        assert isinstance(asked, AskPreview) and isinstance(acted, Act)
        for refusal in (asked.choice, acted.action):
            assert isinstance(refusal, Refusal)
            self.assertEqual(refusal.code, code)

    @each(FAULTS)
    def test_a_message_without_its_number_or_with_a_value_of_a_wrong_type_is_a_fault(
        self, words: dict[str, Any]
    ) -> None:
        self.assertRaises(ProtocolError, codec.decode_client, sent(words))

    @each(NO_WORDS)
    def test_a_message_of_a_server_with_a_wrong_value_is_refused(self, words: dict[str, Any]) -> None:
        self.assertRaises(ProtocolError, codec.decode_server, sent(words))

    def test_a_preview_that_is_cut_is_refused(self) -> None:
        whole = version2.encode(Preview(1, 2, 3, b"12345"))
        self.assertEqual(codec.decode_server(whole), Preview(1, 2, 3, b"12345"))
        for length in (1, 5, 16, len(whole) - 1):
            self.assertRaises(ProtocolError, codec.decode_server, whole[:length])


class NetworkTests(TableTestCase):
    """Addresses and networks, in the form in which they are compared."""

    @each(
        {
            "an address": ("203.0.113.9", "203.0.113.9"),
            "a network": ("203.0.113.0/24", "203.0.113.0/24"),
            "an address within a network": ("203.0.113.9/24", "203.0.113.0/24"),
            "a network of one address": ("203.0.113.9/32", "203.0.113.9"),
            "a network with a mask": ("203.0.113.0/255.255.255.0", "203.0.113.0/24"),
            "an address of IPv6": ("2001:DB8:0::1", "2001:db8::1"),
            "IPv4 written as IPv6": ("::ffff:203.0.113.9", "203.0.113.9"),
            "a network of IPv4 written as IPv6": ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
        }
    )
    def test_a_network_is_written_in_one_way(self, row: tuple[str, str]) -> None:
        told, read = row
        self.assertEqual(actions.read({"accion": "perdonar", "direccion": told}), Unban("", read))


class OldServerTests(SynchronousTestCase):
    """What a server without rules sends, and what a client without a key sends, is as it was."""

    def test_a_hello_without_a_key_has_no_new_words(self) -> None:
        self.assertEqual(
            version2.encode_command(Hello(2, "5f0c", 3, "Ada")),
            b'{"comando": "nuevo", "version": 2, "lienzo": "5f0c", "desde": 3, "nombre": "Ada"}',
        )

    def test_a_wait_without_charges_has_no_new_words_and_is_one_pixel_at_a_time(self) -> None:
        self.assertEqual(version2.encode(Cooldown(5)), b'{"comando": "espera", "espera_ms": 5}')
        self.assertEqual(codec.decode_server(b'{"comando": "espera", "espera_ms": 5}'), Cooldown(5, 0, 1))

    def test_an_author_without_a_proof_has_no_new_words(self) -> None:
        words = json.loads(version2.encode(Author(1, 2, 3)))
        self.assertFalse({"probado", "direccion"} & set(words))


class KeyTests(SynchronousTestCase):
    """How keys are spelled."""

    def test_a_key_is_26_letters_and_digits_that_nobody_takes_for_others(self) -> None:
        self.assertEqual(spell_key(bytes(16)), "a" * 26)
        self.assertEqual(set(spell_key(bytes(range(240, 256)))) - set(string.ascii_lowercase + "234567"), set())

    def test_spaces_and_capitals_in_a_key_do_not_count(self) -> None:
        key = spell_key(bytes(range(16)))
        self.assertEqual(digest_key(f" {key[:8].upper()} {key[8:]}\n"), digest_key(key))
        self.assertNotEqual(digest_key(key[:-1]), digest_key(key))
