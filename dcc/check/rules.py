"""The table of checks: each rule of the activity, what is expected, and the likely cause of a difference.

A check needs others to have passed; otherwise it is not judged, so that one mistake is told once. Names never change:
graders count by them.
"""

from __future__ import annotations

from dataclasses import dataclass

from dcc.language import _


@dataclass(frozen=True)
class Rule:
    """One rule.

    :ivar title: the rule as a sentence.
    :ivar expected: what the check asks for and expects.
    :ivar cause: the likely cause of a difference, and the remedy.
    :ivar part: where the activity says so.
    :ivar needs: names of the checks that must have passed.
    :ivar bonus: goes beyond the activity; a failure costs nothing.
    """

    name: str
    title: str
    expected: str
    cause: str
    part: str
    needs: tuple[str, ...] = ()
    bonus: bool = False


def server_rules() -> list[Rule]:
    """Return the rules of a server, in the order of their checks, in the language of the process."""
    encoding = _("Encoding of messages; method enviar")
    length = _("Encoding of messages; methods enviar and escuchar_cliente")
    reading = _("Encoding of messages; method escuchar_cliente")
    commands = _("Commands; methods escuchar_cliente and enviar_respuesta")
    accepting = _("Connections; methods conectar_un_cliente and conectar_varios_clientes")
    second = _("Second part, several clients: methods conectar_varios_clientes and enviar_a_todos")
    figure = _("Figure 3, the lines on the console")
    return [
        Rule(
            "listens",
            _("The server listens on its port"),
            _("A client can connect to the host and port."),
            _(
                "If your program ended with an error, mend that first: its last lines name the error and the line. "
                "Otherwise look at bind((host, port)) and listen(), and use the same host and port in your program and "
                "in dcc check."
            ),
            accepting,
        ),
        Rule(
            "nuevo",
            _("A client that sends nuevo gets an answer"),
            _('The check sends {"comando": "nuevo"} and expects the board.'),
            _(
                "The server does not read the message to its end, fails while it reads, or does not answer. Read 5 "
                "bytes, turn them into a number with int.from_bytes(…, 'little'), then read as many bytes."
            ),
            commands,
            ("listens",),
        ),
        Rule(
            "prefix-size",
            _("The length before a message takes 5 bytes"),
            _("5 bytes of length, and then the message."),
            _("Use len(message).to_bytes(5, 'little'), and read 5 bytes first."),
            length,
            ("listens",),
        ),
        Rule(
            "byte-order",
            _("The length is little endian"),
            _("Little endian: the byte of lowest value first. 14 00 00 00 00 is the length 20 (14 in hexadecimal)."),
            _("Write 'little' instead of 'big' in to_bytes and in from_bytes."),
            length,
            ("listens",),
        ),
        Rule(
            "length",
            _("The length is that of the message in bytes"),
            _("As many bytes follow as the first 5 bytes say."),
            _("Take len() of exactly the bytes that are sent, after encode()."),
            encoding,
            ("nuevo",),
        ),
        Rule(
            "json",
            _("Each message is a JSON object in UTF-8"),
            _("The text of json.dumps(…), encoded with encode('utf-8')."),
            _("Send json.dumps(answer).encode('utf-8') after the length, and nothing else."),
            encoding,
            ("nuevo",),
        ),
        Rule(
            "board",
            _("The board has 50 by 50 cells with a colour each"),
            _(
                '{"0": {"0": "white", …}, …}: the keys "0" to "49" for y_pos, in each the keys "0" to "49" for x_pos, '
                "with the name of a colour."
            ),
            _(
                "Build the board as {str(y): {str(x): 'white' for x in range(50)} for y in range(50)}. The names of "
                "colours are English: white, black, red, green, yellow, blue, cyan, magenta."
            ),
            _("The board; method obtener_tablero"),
            ("nuevo", "json"),
        ),
        Rule(
            "bytes-not-characters",
            _("The server counts bytes and not characters"),
            _(
                'The check sends {"comando": "nuevo", "nota": "ñandú"}, in which ñ and ú take 2 bytes each, '
                "and expects the board."
            ),
            _(
                "Collect bytes until len(data) is the length, and call decode('utf-8'), not decode('ascii'), once at "
                "the end. Do not compare the length with that of a text, and ignore keys that you do not know."
            ),
            reading,
            ("board",),
        ),
        Rule(
            "paint-answered",
            _("A client that sends pintar gets an answer"),
            _('The check sends {"comando": "pintar", "x_pos": "3", "y_pos": "10", …} and expects the board.'),
            _("After painting, send the board: to all clients, the painter included."),
            commands,
            ("board",),
        ),
        Rule(
            "one-answer",
            _("Each command is answered once"),
            _("The check sends nuevo, pintar and nuevo, and expects three boards."),
            _(
                "One command is answered twice, for example by enviar_respuesta and again by enviar_a_todos; or "
                "answers are sent in a loop without end."
            ),
            commands,
            ("board",),
        ),
        Rule(
            "paint-applied",
            _("pintar paints the cell, and no other"),
            _(
                'The check sends pintar with x_pos "3" and y_pos "10". After that board["10"]["3"] has the new colour, '
                "and no other cell has changed."
            ),
            _("Set board[y_pos][x_pos] = nombre_color, with the values of the message as they came."),
            commands,
            ("board",),
        ),
        Rule(
            "paint-axes",
            _("x_pos and y_pos are not swapped"),
            _('x_pos 3 and y_pos 10 paint board["10"]["3"]: the outer key is y_pos, the inner key is x_pos.'),
            _("x and y are swapped. Set board[y_pos][x_pos], not board[x_pos][y_pos]."),
            _("The board; method obtener_tablero"),
            ("board",),
        ),
        Rule(
            "paint-shown",
            _("The answer to pintar already shows the pixel"),
            _("The board that answers pintar has the new colour."),
            _("Paint first, then send the board."),
            commands,
            ("paint-answered", "one-answer", "paint-applied", "paint-axes"),
        ),
        Rule(
            "eight-colours",
            _("Each of the eight colours can be painted"),
            _("white, black, red, green, yellow, blue, cyan and magenta, each in a cell."),
            _("Compare the list of colours in your program with that of the activity, letter by letter."),
            commands,
            ("paint-applied", "paint-axes"),
        ),
        Rule(
            "goodbye",
            _("cerrar is answered with cerrar"),
            _('The check sends {"comando": "cerrar"} and expects {"cerrar": true}.'),
            _('Answer with json.dumps({"cerrar": True}), without a key "comando", before the socket is closed.'),
            commands,
            ("nuevo", "json"),
        ),
        Rule(
            "goodbye-ends",
            _("After cerrar the server closes the connection"),
            _('After {"cerrar": true} nothing more comes, and the server closes its socket.'),
            _("After the answer, leave the loop of this client and call close() on its socket."),
            commands,
            ("goodbye",),
        ),
        Rule(
            "place-freed",
            _("After cerrar the next client is served"),
            _("The first client has left. Another connects, sends nuevo and expects the board."),
            _(
                "The server ends or stops accepting after its first client. Call accept() in a loop, and end only the "
                "thread of the client that left."
            ),
            accepting,
            ("board",),
        ),
        Rule(
            "board-kept",
            _("All clients share one board, which stays"),
            _("The next client sees the pixel that the one before has painted."),
            _("Make the board once, when the server starts, and not for each client."),
            _("The board; method obtener_tablero"),
            ("place-freed", "paint-applied"),
        ),
        Rule(
            "long-message",
            _("Messages of 127, 128, 129 and 384 bytes are read"),
            _(
                "The check sends nuevo with spaces added, so that the message has 127, 128, 129 or 384 bytes, and "
                "expects the board."
            ),
            _(
                "Read in a loop, at most 128 bytes at a time, until all bytes are there: recv(min(128, length - "
                "len(data))). The last piece can be shorter than 128 bytes, and belongs to the message too."
            ),
            reading,
            ("board", "place-freed"),
        ),
        Rule(
            "pieces",
            _("A message that arrives in pieces is put together"),
            _("The check sends one message in pieces of 1, 127, 128 and 129 bytes and expects the board."),
            _(
                "One recv is not one message: it returns whatever has arrived. Call recv again until all bytes are "
                "there, for the 5 bytes of the length as well."
            ),
            reading,
            ("long-message",),
        ),
        Rule(
            "two-at-once",
            _("Two messages that arrive together are two messages"),
            _("The check sends two pintar in one piece and expects both to be painted."),
            _(
                "recv was asked for more bytes than the message has, and took the beginning of the next one along. Ask "
                "for recv(min(128, length - len(data))), or keep the rest for the next message."
            ),
            reading,
            ("pieces", "paint-applied", "paint-axes"),
        ),
        Rule(
            "second-client",
            _("A second client is served while the first is there"),
            _("Two clients are connected. Both send nuevo and get the board."),
            _(
                "The thread that accepts clients also listens to one. Start a thread for each client with "
                "Thread(target=self.escuchar_cliente, args=(…)), without calling the method: no parentheses behind "
                "target=self.escuchar_cliente."
            ),
            second,
            ("place-freed",),
        ),
        Rule(
            "not-blocked",
            _("A slow client does not hold up the others"),
            _("One client has sent half a message. Another sends nuevo and expects the board meanwhile."),
            _(
                "A lock is held, or the only thread waits, while recv waits for one client. Lock only around the "
                "change of the board, not around recv."
            ),
            second,
            ("second-client",),
        ),
        Rule(
            "paint-to-all",
            _("What one client paints is sent to all"),
            _("Two clients are connected. One paints, and both get the new board."),
            _("Keep the sockets of all clients in a dictionary, and after pintar send the board to each of them."),
            second,
            ("second-client", "paint-answered", "paint-applied", "paint-axes"),
        ),
        Rule(
            "left-without-goodbye",
            _("A client that dies without cerrar harms nobody"),
            _("A client ends without cerrar. The others go on to paint, and a new one is served."),
            _(
                "recv returns b'' when a client has gone, or raises ConnectionError; so does sending. Handle both: "
                "take the client out of the list, close its socket, and go on with the others."
            ),
            _("Connections; methods escuchar_cliente and enviar_a_todos"),
            ("place-freed",),
        ),
        Rule(
            "bad-input",
            _("Bad input of one client does not stop the server"),
            _("No JSON, an unknown command, a cell outside the board, an empty message: then a new client is served."),
            _(
                "Put json.loads and what the command does into try and except, for each client. After an error end at "
                "most the connection of that client."
            ),
            _("Beyond the activity"),
            ("place-freed", "left-without-goodbye"),
            bonus=True,
        ),
        Rule(
            "console-prints",
            _("The server says on the console what it does"),
            _("The lines of Figure 3 appear on standard output."),
            _("Print the lines of Figure 3 with print()."),
            figure,
            ("listens",),
        ),
        Rule(
            "console-start",
            _("The console says that the server starts and listens"),
            _(
                "Iniciando servidor... · Servidor escuchando en HOST:PORT · Servidor aceptando conexiones! · "
                "CTRL + C -> SALIR"
            ),
            _("Print these four lines as the server starts, with the words of Figure 3."),
            figure,
            ("console-prints",),
        ),
        Rule(
            "console-arrival",
            _("The console says that a client arrived"),
            _("Ha llegado un nuevo cliente con id 1! · Escuchando a cliente 1!"),
            _("Print both lines for each client that accept() returns, with the client's id."),
            figure,
            ("console-prints", "place-freed"),
        ),
        Rule(
            "unique-ids",
            _("Each client has an id of its own"),
            _("No two clients of the console's lines have the same id, also after one has left."),
            _("Count ids up for each new client. len(clients) gives a number again after somebody has left."),
            figure,
            ("console-arrival",),
        ),
        Rule(
            "console-leave",
            _("The console says that a client left"),
            _("Cerrando conexión con el cliente 1... · Se ha eliminado el socket del cliente 1."),
            _("Print both lines after cerrar, with the id of the client that left."),
            figure,
            ("console-arrival", "goodbye-ends"),
        ),
        Rule(
            "stop-goodbye",
            _("Ctrl+C tells the clients that the server closes"),
            _('A client is connected. After Ctrl+C it gets {"cerrar": true}.'),
            _('Catch KeyboardInterrupt in the main thread, and send {"cerrar": true} to every client.'),
            _("End of the server; Figure 3"),
            ("place-freed", "goodbye"),
        ),
        Rule(
            "stop-ends",
            _("Ctrl+C ends the server"),
            _("After Ctrl+C the program ends by itself."),
            _("A thread keeps the program alive. Start the threads with daemon=True, and close the sockets."),
            _("End of the server; Figure 3"),
            ("place-freed",),
        ),
        Rule(
            "console-stop",
            _("The console says that the server is closed by force"),
            _("Forzando cierre de servidor!"),
            _("Print the line when KeyboardInterrupt is caught."),
            figure,
            ("console-prints", "place-freed"),
        ),
    ]


def client_rules() -> list[Rule]:
    """Return the rules of a client, in the order of their checks, in the language of the process."""
    encoding = _("Encoding of messages; method enviar_a_servidor")
    reading = _("Encoding of messages; method escuchar_servidor")
    commands = _("Commands of the client; classes VentanaPrincipal and Cliente")
    leaving = _("Commands of the client; method escuchar_servidor")
    return [
        Rule(
            "connects",
            _("The client connects"),
            _("A connection to the host and port that dcc check prints."),
            _("Give your client the same host and port, and start it while dcc check waits."),
            _("Connections; class Cliente"),
        ),
        Rule(
            "nuevo",
            _("The client sends nuevo first"),
            _('{"comando": "nuevo"}, as soon as the window opens.'),
            _('Send {"comando": "nuevo"} once after connect().'),
            commands,
            ("connects",),
        ),
        Rule(
            "prefix-size",
            _("The length before a message takes 5 bytes"),
            _("5 bytes of length, and then the message."),
            _("Use len(message).to_bytes(5, 'little'), and read 5 bytes first."),
            encoding,
            ("connects",),
        ),
        Rule(
            "byte-order",
            _("The length is little endian"),
            _("Little endian: the byte of lowest value first. 14 00 00 00 00 is the length 20 (14 in hexadecimal)."),
            _("Write 'little' instead of 'big' in to_bytes and in from_bytes."),
            encoding,
            ("connects",),
        ),
        Rule(
            "length",
            _("The length is that of the message in bytes"),
            _("As many bytes follow as the first 5 bytes say."),
            _("Take len() of exactly the bytes that are sent, after encode()."),
            encoding,
            ("connects",),
        ),
        Rule(
            "json",
            _("Each message is a JSON object in UTF-8"),
            _("The text of json.dumps(…), encoded with encode('utf-8')."),
            _("Send json.dumps(command).encode('utf-8') after the length, and nothing else."),
            encoding,
            ("connects",),
        ),
        Rule(
            "paint",
            _("Painting in the window sends pintar"),
            _('{"comando": "pintar", …}, after a click on a cell.'),
            _("Connect the click on a cell with a method that sends pintar."),
            commands,
            ("nuevo", "json"),
        ),
        Rule(
            "paint-form",
            _("pintar has its keys, and their values are strings"),
            _('{"comando": "pintar", "x_pos": "3", "y_pos": "10", "nombre_color": "red"}'),
            _('Use exactly the keys "comando", "x_pos", "y_pos" and "nombre_color", and str() for both positions.'),
            commands,
            ("paint",),
        ),
        Rule(
            "paint-colour",
            _("The colour is sent by its English name"),
            _('"nombre_color": "red"'),
            _("Send the name: white, black, red, green, yellow, blue, cyan or magenta."),
            commands,
            ("paint-form",),
        ),
        Rule(
            "paint-axes",
            _("x_pos and y_pos are not swapped"),
            _("y_pos is the column and x_pos is the row, as on the screen of every client."),
            _("x and y are swapped where the message is made. Send the column as y_pos and the row as x_pos."),
            commands,
            ("paint-form",),
        ),
        Rule(
            "one-command",
            _("Each click sends one command"),
            _("One pintar for one click, and one nuevo for one start."),
            _("Look for a signal that is connected twice, or for two methods that both send the command."),
            commands,
            ("nuevo", "json"),
        ),
        Rule(
            "reads-board",
            _("The client reads a board of 35 KB"),
            _("The board shows one black cell. Painting that cell proves that the window has the whole board."),
            _(
                "Read in a loop, at most 128 bytes at a time, until all bytes of the length are there, and only then "
                "call json.loads. Then draw every cell again."
            ),
            reading,
            ("paint", "paint-form"),
        ),
        Rule(
            "board-axes",
            _("The board is drawn with x and y in their places"),
            _("The outer key of the board is y_pos, from left to right. The inner key is x_pos, from top to bottom."),
            _("x and y are swapped where the board is drawn. Draw board[y_pos][x_pos] in column y_pos and row x_pos."),
            _("The board; class Canvas"),
            ("paint", "paint-form"),
        ),
        Rule(
            "pieces",
            _("A board that arrives in pieces is put together"),
            _("The board comes in pieces of 1, 127, 128 and 129 bytes, and the window shows it."),
            _(
                "One recv is not one message: it returns whatever has arrived. Call recv again until all bytes are "
                "there, for the 5 bytes of the length as well."
            ),
            reading,
            ("reads-board",),
        ),
        Rule(
            "two-at-once",
            _("Two boards that arrive together are two messages"),
            _("Two boards come in one piece, and the window shows the second."),
            _(
                "recv was asked for more bytes than the message has, and took the beginning of the next one along. Ask "
                "for recv(min(128, length - len(data))), or keep the rest for the next message."
            ),
            reading,
            ("pieces",),
        ),
        Rule(
            "goodbye",
            _("Closing the window sends cerrar"),
            _('{"comando": "cerrar"}, and the connection stays until the server has answered.'),
            _('Send {"comando": "cerrar"} in closeEvent, before the socket is closed.'),
            commands,
            ("nuevo", "json"),
        ),
        Rule(
            "goodbye-ends",
            _("After the answer to cerrar the client closes its socket"),
            _('After {"cerrar": true} the client closes its socket and ends.'),
            _("The thread that listens goes on after cerrar. Leave its loop, close the socket, and end the program."),
            leaving,
            ("goodbye",),
        ),
        Rule(
            "server-goodbye",
            _("A client that is told cerrar ends"),
            _('The server sends {"cerrar": true} by itself, as after Ctrl+C, and the client closes its socket.'),
            _(
                'Look for the key "cerrar" in each message before it is drawn as a board. If the key is there, close '
                "the socket and end."
            ),
            leaving,
            ("goodbye-ends",),
        ),
    ]
