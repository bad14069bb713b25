"""The reasons for refusals: a stable code for programs, and a text for people.

Codes and names of values are words of the protocol (``codigo`` and ``valores`` in ``docs/protocol.md``): Spanish, and
never changed. Texts are English; the catalogues in ``dcc/locale`` translate the texts. A client looks up the code of a
refusal (:func:`tell`) and shows the text in its own language, regardless of the server's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dcc.language import _
from dcc.wording import one_line

Value = int | float | str
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Reason:
    """A kind of refusal.

    :ivar code: the identifier on the wire and in metrics.
    :ivar text: the English text, with a placeholder ``{name}`` for each value.
    """

    code: str
    text: str

    def tell(self, values: Values) -> str:
        """Return the text in the language of this process.

        :raises LookupError: a value is missing.
        :raises ValueError: a value does not fit the format of its placeholder.
        """
        return _(self.text).format(**values)


# --- a paint -------------------------------------------------------------------------------------

OUTSIDE_CELL = Reason("celda-fuera", "cell {celda} is outside of the board of {ancho} x {alto}")
OUTSIDE_POSITION = Reason("posicion-fuera", "column {columna}, row {fila} is outside of the board of {ancho} x {alto}")
NO_SUCH_COLOUR = Reason("color-fuera", "colour {color} is not in the palette of {colores}")
NO_SUCH_COLOUR_NAME = Reason("color-desconocido", "there is no colour {color}")
TOO_FAST = Reason("demasiado-rapido", "too fast: this server accepts {pixeles:.10g} pixels per second")
COOLDOWN = Reason("pausa", "too soon: a pause of {segundos:.10g} s follows each cell")
ONE_CELL = Reason("una-celda", "one cell at a time: a pause of {segundos:.10g} s follows each cell")

ONLY_WATCHING = Reason("solo-mirar", "you only watch here: to paint, open the link that you were given")
NEEDS_CODE = Reason("falta-codigo", "you only watch until you say the code of the room")
FROZEN = Reason("congelado", "the board is frozen: only moderators paint until it is thawed")
FOREIGN_AREA = Reason("zona-ajena", "the area {zona} is for others")
FOREIGN_REST = Reason("resto-ajeno", "outside of the areas you may not paint")
BANNED = Reason("vetado", "you may not paint here any more: {motivo}")
BANNED_UNTIL = Reason("vetado-hasta", "you may not paint here until {hasta}: {motivo}")
TOO_MANY_CELLS = Reason("cargas", "at most {cargas} cells at a time: one more comes every {segundos:.10g} s")

# --- people and actions ---------------------------------------------------------------------------

UNKNOWN_KEY = Reason("clave-desconocida", "nobody has this key, or no longer: ask for a new link")
EXPIRED_KEY = Reason("clave-caducada", "this key has come to its end: ask for a new link")
WRONG_CODE = Reason("codigo-erroneo", "this is not the code of the room")
TOO_MANY_GUESSES = Reason("demasiados-intentos", "too many wrong keys or codes: try again in {segundos:.10g} s")
TURNED_AWAY = Reason("expulsado", "you may not connect any more: {motivo}")
TURNED_AWAY_UNTIL = Reason("expulsado-hasta", "you may not connect until {hasta}: {motivo}")
MODERATORS_ONLY = Reason("solo-moderadores", "only moderators may do this")
OWNERS_ONLY = Reason("solo-duenos", "only owners of the canvas may do this")
UNKNOWN_ACTION = Reason("accion-desconocida", "there is no action {accion}")
WRONG_VALUE = Reason("valor-erroneo", "{clave} cannot be {valor}")
NO_NAME = Reason(
    "nombre-erroneo",
    "{valor} is no name: 1 to {caracteres} visible characters, without spaces at the ends ({clave})",
)
NO_NETWORK = Reason("direccion-erronea", "{direccion} is no address and no network")
ONE_TARGET = Reason("un-objetivo", "give either a name or an address")
NAME_TAKEN = Reason("nombre-ocupado", "the name {nombre} is taken")
SAME_NAME_TWICE = Reason("nombre-repetido", "the name {nombre} comes twice")
UNKNOWN_NAME = Reason("nombre-desconocido", "there is no {nombre}")
AREA_OUTSIDE = Reason("zona-fuera", "the area {zona} is not on the board of {ancho} x {alto}")
NO_ROOM_FOR_AREAS = Reason("zonas-sin-sitio", "{zonas} areas do not fit: a part of {ancho} x {alto} is too small")
TOO_MANY_AREAS = Reason("demasiadas-zonas", "a board has at most {zonas} areas")
TEMPLATE_OUTSIDE = Reason("plantilla-fuera", "the template {nombre} is not on the board of {ancho} x {alto}")
TEMPLATE_TOO_LARGE = Reason(
    "plantilla-grande", "the template is too large: at most {celdas} cells, and {bytes} bytes when compressed"
)
TEMPLATE_BROKEN = Reason("plantilla-rota", "the pixels of the template cannot be read, or there are none")
TOO_MANY_TEMPLATES = Reason("demasiadas-plantillas", "a board has at most {plantillas} templates: remove one first")
NO_SUCH_TEMPLATE = Reason("sin-plantilla", "there is no template {numero}")
NOT_BANNED = Reason("sin-veto", "nobody is banned by that name or address")
RESERVED_NAME = Reason("nombre-reservado", "the name {nombre} belongs to the operator")
OWN_BAN = Reason("veto-propio", "you would ban yourself")
OWNER_BAN = Reason("veto-dueno", "{nombre} owns the canvas, and cannot be banned by a moderator")
LAST_OWNER = Reason("ultimo-dueno", "{nombre} is the last owner: give somebody else that role first")
ALREADY_FROZEN = Reason("ya-congelado", "the board is frozen already")
NOT_FROZEN = Reason("no-congelado", "the board is not frozen")
NOTHING_CHOSEN = Reason("nada-elegido", "choose people, an area, or a time")
NOTHING_TO_PAINT = Reason("nada-que-pintar", "no cell would change")
TOO_MANY_CELLS_AT_ONCE = Reason(
    "demasiadas-celdas", "{celdas} cells are too many for one action, at most {limite}: choose an area, or less time"
)
ACTION_TOO_LARGE = Reason(
    "accion-grande",
    "the action takes {bytes} bytes in the common log of the servers, at most {limite}: choose an area, or less time",
)
NO_SUCH_ACTION = Reason("sin-accion", "there is no action {numero}")
NO_SUCH_PLACEMENT = Reason("sin-trazo", "there is no placement {secuencia}")

# --- the record ----------------------------------------------------------------------------------

NOT_RECORDED = Reason("no-registrado", "the server could not record the paint")
RECORD_UNWRITABLE = Reason("registro-no-escrito", "the record cannot be written: {detalle}")
RECORD_UNREADABLE = Reason("registro-no-leido", "the record cannot be read: {detalle}")
DISK_FULL = Reason("disco-lleno", "the disk is full")
IN_DOUBT = Reason("registro-en-duda", "whether the paint is recorded is unknown: the disk or the common log failed")
RECORD_MOVED = Reason("registro-movido", "the record's file was moved or deleted while the server ran")
RECORD_REPLACED = Reason("registro-cambiado", "the record's file was replaced or overwritten while the server ran")
RECORD_SHARED = Reason("registro-ajeno", "another program wrote into the record while the server ran")
LOG_AWAY = Reason("motor-ausente", "the servers cannot reach their common log; painting goes on as soon as they can")
LOG_FULL = Reason("motor-lleno", "the common log of the servers is full")
LOG_REFUSED = Reason("motor-rechaza", "the common log of the servers takes no paint: {detalle}")
LOG_LOST = Reason("motor-perdido", "the common log of the servers does not fit this board")
LATE = Reason("tarde", "others were quicker, {veces} times in a row: freeze the board first, or try again")
SERVER_STOPS = Reason("cierre", "the server stops")
NO_HISTORY = Reason("sin-historia", "this server keeps no history")
NOT_LOOKED_UP = Reason("no-consultado", "the server could not answer the question")
ONE_QUESTION = Reason("una-pregunta", "one question at a time: the previous question is not answered yet")

# --- a connection --------------------------------------------------------------------------------

SERVER_FULL = Reason("lleno", "the server is full (limit: {clientes})")
ADDRESS_FULL = Reason("direccion-llena", "too many connections from your address (limit: {conexiones})")
NO_ROOM = Reason("sin-sitio", "the server has no room for another connection")
SAID_NOTHING = Reason("sin-comando", "no command came within {segundos:.10g} s")
BOARD_TOO_LARGE = Reason(
    "tablero-grande", "this board of {ancho} x {alto} is too large for version 1; use a client of version 2"
)
VERSION_2_LATE = Reason("version-2-tarde", "version 2 must be asked for in the first command of a connection")
NOT_VERSION_2 = Reason("version-1", "a message of version 2 on a connection that did not ask for version 2")
NOT_VERSION_1 = Reason("version-2", "a command of version 1 on a connection of version 2")

# --- a malformed message -------------------------------------------------------------------------

FRAME_TOO_LONG = Reason("mensaje-largo", "a message of {bytes} bytes is longer than the limit of {limite}")
EMPTY_MESSAGE = Reason("mensaje-vacio", "a message without content")
NO_MESSAGE = Reason("ni-json-ni-opcode", "not a JSON object, and no opcode: the first byte is {byte:#04x}")
NOT_UTF8 = Reason("no-utf-8", "not UTF-8 at byte {byte}")
NOT_JSON = Reason("no-json", "not JSON at character {caracter}")
NOT_JSON_VALUE = Reason("valor-no-json", "{valor} is not JSON")
NESTED_TOO_DEEP = Reason("json-profundo", "JSON nested too deeply")
NO_OBJECT = Reason("no-objeto", "not a JSON object")
MISSING_KEY = Reason("falta-clave", "{clave} is missing")
NO_STRING = Reason("no-texto", "{clave} is {valor}; expected a string")
NO_INTEGER = Reason("no-entero", "{clave} is {valor}; expected an integer")
UNKNOWN_COMMAND = Reason("comando-desconocido", "unknown command {comando}")
UNKNOWN_OPCODE = Reason("opcode-desconocido", "unknown opcode {opcode:#04x}")
UNKNOWN_VERSION = Reason("version-desconocida", "there is no version {version}")
NAME_TOO_LONG = Reason("nombre-largo", "nombre has more than {caracteres} characters")
REQUEST_OUT_OF_RANGE = Reason("solicitud-fuera", "solicitud {solicitud} does not fit in 32 bits")
PAINT_LENGTH = Reason(
    "pintura-mal-medida", "a paint request of {bytes} bytes; expected 5 and 1 to {pixeles} pixels of 5"
)
WRONG_WEBSOCKET_KIND = Reason("tipo-de-mensaje", "send JSON in a text message, everything else in a binary message")
WEBSOCKET_FAULT = Reason("websocket", "{detalle}")
HTTP_HERE = Reason(
    "pagina-en-otro-puerto",
    "this port is for programs; browsers open the page at the port of dcc serve --http",
)
PROGRAM_HERE = Reason(
    "programa-en-otro-puerto", "this port is for browsers; programs connect to the port of dcc serve --port"
)
PROXY_HERE = Reason("proxy-inesperado", "a header of the PROXY protocol, which this port does not expect")
TLS_HERE = Reason("tls-inesperado", "TLS, which this port does not speak")

# --- a request for the page or for a WebSocket ----------------------------------------------------

UNKNOWN_HOST = Reason("host-desconocido", "this server does not go by the name {host}: start dcc serve with {opcion}")
FOREIGN_ORIGIN = Reason(
    "origen-ajeno",
    "the page is at {origen}, but the request names the server {host}: "
    "have the proxy pass the header Host on, or start dcc serve with {opcion}",
)

NOT_SIGNED_IN = Reason(
    "sesion-sin-nombre",
    "the proxy signs you in as {nombre} ({cabecera}), and that is no name here: "
    "one name of 1 to {caracteres} visible characters, without a comma",
)

OF_PAINTS = (
    OUTSIDE_CELL,
    OUTSIDE_POSITION,
    NO_SUCH_COLOUR,
    NO_SUCH_COLOUR_NAME,
    TOO_FAST,
    COOLDOWN,
    ONE_CELL,
    TOO_MANY_CELLS,
    ONLY_WATCHING,
    NEEDS_CODE,
    FROZEN,
    FOREIGN_AREA,
    FOREIGN_REST,
    BANNED,
    BANNED_UNTIL,
    NOT_RECORDED,
    RECORD_UNWRITABLE,
    DISK_FULL,
    IN_DOUBT,
    RECORD_MOVED,
    RECORD_REPLACED,
    RECORD_SHARED,
    LOG_AWAY,
    LOG_FULL,
    LOG_REFUSED,
    LOG_LOST,
    SERVER_STOPS,
)
"""Reasons for refusing a paint."""

OF_ENDS = (
    SERVER_FULL,
    ADDRESS_FULL,
    NO_ROOM,
    SAID_NOTHING,
    BOARD_TOO_LARGE,
    VERSION_2_LATE,
    NOT_VERSION_2,
    NOT_VERSION_1,
    FRAME_TOO_LONG,
    EMPTY_MESSAGE,
    NO_MESSAGE,
    NOT_UTF8,
    NOT_JSON,
    NOT_JSON_VALUE,
    NESTED_TOO_DEEP,
    NO_OBJECT,
    MISSING_KEY,
    NO_STRING,
    NO_INTEGER,
    UNKNOWN_COMMAND,
    UNKNOWN_OPCODE,
    UNKNOWN_VERSION,
    NAME_TOO_LONG,
    REQUEST_OUT_OF_RANGE,
    PAINT_LENGTH,
    WRONG_WEBSOCKET_KIND,
    WEBSOCKET_FAULT,
    HTTP_HERE,
    UNKNOWN_KEY,
    EXPIRED_KEY,
    WRONG_CODE,
    TOO_MANY_GUESSES,
    TURNED_AWAY,
    TURNED_AWAY_UNTIL,
    PROGRAM_HERE,
    PROXY_HERE,
    TLS_HERE,
)
"""Reasons for ending a connection."""

OF_ACTIONS = (
    MODERATORS_ONLY,
    OWNERS_ONLY,
    BANNED,
    BANNED_UNTIL,
    UNKNOWN_ACTION,
    WRONG_VALUE,
    NO_NAME,
    NO_NETWORK,
    ONE_TARGET,
    NAME_TAKEN,
    SAME_NAME_TWICE,
    UNKNOWN_NAME,
    AREA_OUTSIDE,
    NO_ROOM_FOR_AREAS,
    TOO_MANY_AREAS,
    TEMPLATE_OUTSIDE,
    TEMPLATE_TOO_LARGE,
    TEMPLATE_BROKEN,
    TOO_MANY_TEMPLATES,
    NO_SUCH_TEMPLATE,
    NOT_BANNED,
    RESERVED_NAME,
    OWN_BAN,
    OWNER_BAN,
    LAST_OWNER,
    ALREADY_FROZEN,
    NOT_FROZEN,
    NOTHING_CHOSEN,
    NOTHING_TO_PAINT,
    TOO_MANY_CELLS_AT_ONCE,
    ACTION_TOO_LARGE,
    NO_SUCH_ACTION,
    NO_SUCH_PLACEMENT,
    LATE,
)
"""Reasons for refusing an action, beside those of the record."""

OF_REQUESTS = (UNKNOWN_HOST, FOREIGN_ORIGIN, NOT_SIGNED_IN)
"""Reasons for not answering a request of HTTP."""

OF_QUESTIONS = (NO_HISTORY, NOT_LOOKED_UP, RECORD_UNREADABLE, ONE_QUESTION)
"""Reasons for not answering a question about the history."""

REASONS: dict[str, Reason] = {
    reason.code: reason for reason in (*OF_PAINTS, *OF_ACTIONS, *OF_ENDS, *OF_REQUESTS, *OF_QUESTIONS)
}
"""Every reason by its code."""


def tell(code: str, values: Values, text: str) -> str:
    """Return the text of a server's refusal in the language of this process, fit for any screen.

    :param code: the code from the server; empty if the server sent no code.
    :param text: the text from the server, returned if the code is unknown here or the values do not fit.
    """
    reason = REASONS.get(code)
    try:
        return one_line(text if reason is None else reason.tell(values))
    except (LookupError, ValueError):
        return one_line(text)
