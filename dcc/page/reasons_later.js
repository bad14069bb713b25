// Why the server refused something on a board: loaded once there is a board, so that the page knows them offline too.

import { REASONS } from "./reasons.js";

/** @type {typeof REASONS} */
const LATER = {
	"celda-fuera": [
		"cell {celda} is outside of the board of {ancho} x {alto}",
		"la celda {celda} está fuera del tablero de {ancho} x {alto}",
	],
	"posicion-fuera": [
		"column {columna}, row {fila} is outside of the board of {ancho} x {alto}",
		"la columna {columna}, fila {fila}, está fuera del tablero de {ancho} x {alto}",
	],
	"color-fuera": [
		"colour {color} is not in the palette of {colores}",
		"el color {color} no está en la paleta, que tiene {colores}",
	],
	"color-desconocido": ["there is no colour {color}", "no existe el color {color}"],
	"demasiado-rapido": [
		"too fast: this server accepts {pixeles} pixels per second",
		"demasiado rápido: este servidor acepta {pixeles} píxeles por segundo",
	],
	pausa: [
		"too soon: a pause of {segundos} s follows each cell",
		"demasiado pronto: después de cada celda hay una pausa de {segundos} s",
	],
	"una-celda": [
		"one cell at a time: a pause of {segundos} s follows each cell",
		"aquí se pinta una celda a la vez: después de cada una hay una pausa de {segundos} s",
	],
	cargas: [
		"at most {cargas} cells at a time: one more comes every {segundos} s",
		"como máximo {cargas} celdas a la vez: cada {segundos} s llega una más",
	],
	"solo-mirar": [
		"you only watch here: to paint, open the link that you were given",
		"aquí solo puedes mirar: para pintar, abre el enlace que te dieron",
	],
	"falta-codigo": [
		"you only watch until you say the code of the room",
		"solo puedes mirar hasta que digas el código de la sala",
	],
	congelado: [
		"the board is frozen: only moderators paint until it is thawed",
		"el tablero está congelado: hasta que se descongele solo pintan los moderadores",
	],
	"zona-ajena": ["the area {zona} is for others", "la zona {zona} es de otros"],
	"resto-ajeno": ["outside of the areas you may not paint", "fuera de las zonas no puedes pintar"],
	vetado: ["you may not paint here any more: {motivo}", "ya no puedes pintar aquí: {motivo}"],
	"vetado-hasta": [
		"you may not paint here until {hasta}: {motivo}",
		"no puedes pintar aquí hasta el {hasta}: {motivo}",
	],
	"solo-moderadores": ["only moderators may do this", "esto solo lo pueden hacer los moderadores"],
	"solo-duenos": ["only owners of the canvas may do this", "esto solo lo pueden hacer los dueños del lienzo"],
	"accion-desconocida": ["there is no action {accion}", "no existe la acción {accion}"],
	"valor-erroneo": ["{clave} cannot be {valor}", "{clave} no puede ser {valor}"],
	"nombre-erroneo": [
		"{valor} is no name: 1 to {caracteres} visible characters, without spaces at the ends ({clave})",
		"{valor} no es un nombre: de 1 a {caracteres} caracteres visibles, sin espacios en los extremos ({clave})",
	],
	"direccion-erronea": ["{direccion} is no address and no network", "{direccion} no es una dirección ni una red"],
	"un-objetivo": ["give either a name or an address", "indica un nombre o una dirección, no ambos"],
	"nombre-ocupado": ["the name {nombre} is taken", "el nombre {nombre} está ocupado"],
	"nombre-repetido": ["the name {nombre} comes twice", "el nombre {nombre} aparece dos veces"],
	"nombre-desconocido": ["there is no {nombre}", "no existe {nombre}"],
	"zona-fuera": [
		"the area {zona} is not on the board of {ancho} x {alto}",
		"la zona {zona} no está dentro del tablero de {ancho} x {alto}",
	],
	"zonas-sin-sitio": [
		"{zonas} areas do not fit: a part of {ancho} x {alto} is too small",
		"{zonas} zonas no caben: una parte de {ancho} x {alto} es demasiado pequeña",
	],
	"plantilla-fuera": [
		"the template {nombre} is not on the board of {ancho} x {alto}",
		"la plantilla {nombre} no está en el tablero de {ancho} x {alto}",
	],
	"plantilla-grande": [
		"the template is too large: at most {celdas} cells, and {bytes} bytes when compressed",
		"la plantilla es demasiado grande: como máximo {celdas} celdas, y {bytes} bytes al comprimirla",
	],
	"plantilla-rota": [
		"the pixels of the template cannot be read, or there are none",
		"los píxeles de la plantilla no se pueden leer, o no hay ninguno",
	],
	"demasiadas-plantillas": [
		"a board has at most {plantillas} templates: remove one first",
		"un tablero tiene como máximo {plantillas} plantillas: quita una antes",
	],
	"sin-plantilla": ["there is no template {numero}", "no hay ninguna plantilla {numero}"],
	"demasiadas-zonas": ["a board has at most {zonas} areas", "un tablero tiene como máximo {zonas} zonas"],
	"sin-veto": ["nobody is banned by that name or address", "nadie está vetado con ese nombre o esa dirección"],
	"nombre-reservado": ["the name {nombre} belongs to the operator", "el nombre {nombre} pertenece al operador"],
	"veto-propio": ["you would ban yourself", "te vetarías a ti mismo"],
	"veto-dueno": [
		"{nombre} owns the canvas, and cannot be banned by a moderator",
		"{nombre} es dueño del lienzo, y un moderador no lo puede vetar",
	],
	"ultimo-dueno": [
		"{nombre} is the last owner: give somebody else that role first",
		"{nombre} es el último dueño: dale antes ese rol a otra persona",
	],
	"ya-congelado": ["the board is frozen already", "el tablero ya está congelado"],
	"no-congelado": ["the board is not frozen", "el tablero no está congelado"],
	"nada-elegido": ["choose people, an area, or a time", "elige personas, una zona o un tiempo"],
	"nada-que-pintar": ["no cell would change", "ninguna celda cambiaría"],
	"demasiadas-celdas": [
		"{celdas} cells are too many for one action, at most {limite}: choose an area, or less time",
		"{celdas} celdas son demasiadas para una acción, como máximo {limite}: elige una zona, o menos tiempo",
	],
	"accion-grande": [
		"the action takes {bytes} bytes in the common log of the servers, at most {limite}: choose an area, or less time",
		"la acción ocupa {bytes} bytes en el registro común de los servidores, como máximo {limite}: elige una zona, o menos tiempo",
	],
	"sin-accion": ["there is no action {numero}", "no existe la acción {numero}"],
	"sin-trazo": ["there is no placement {secuencia}", "no existe el píxel pintado número {secuencia}"],
	"no-registrado": ["the server could not record the paint", "el servidor no pudo registrar lo pintado"],
	"registro-no-escrito": ["the record cannot be written: {detalle}", "no se puede escribir el registro: {detalle}"],
	"registro-no-leido": ["the record cannot be read: {detalle}", "no se puede leer el registro: {detalle}"],
	"disco-lleno": ["the disk is full", "el disco está lleno"],
	"registro-en-duda": [
		"whether the paint is recorded is unknown: the disk or the common log failed",
		"no se sabe si esto quedó registrado: falló el disco o el registro común",
	],
	"registro-movido": [
		"the record's file was moved or deleted while the server ran",
		"el archivo del registro fue movido o borrado mientras el servidor corría",
	],
	"registro-cambiado": [
		"the record's file was replaced or overwritten while the server ran",
		"el archivo del registro fue reemplazado o sobrescrito mientras el servidor corría",
	],
	"registro-ajeno": [
		"another program wrote into the record while the server ran",
		"otro programa escribió en el registro mientras el servidor corría",
	],
	tarde: [
		"others were quicker, {veces} times in a row: freeze the board first, or try again",
		"otros se adelantaron {veces} veces seguidas: congela antes el tablero, o inténtalo de nuevo",
	],
	"motor-ausente": [
		"the servers cannot reach their common log; painting goes on as soon as they can",
		"los servidores no alcanzan su registro común; en cuanto puedan se podrá volver a pintar",
	],
	"motor-lleno": ["the common log of the servers is full", "el registro común de los servidores está lleno"],
	"motor-rechaza": [
		"the common log of the servers takes no paint: {detalle}",
		"el registro común de los servidores no acepta lo pintado: {detalle}",
	],
	"motor-perdido": [
		"the common log of the servers does not fit this board",
		"el registro común de los servidores no corresponde a este tablero",
	],
	cierre: ["the server stops", "el servidor se detiene"],
	"sin-historia": ["this server keeps no history", "este servidor no guarda la historia"],
	"no-consultado": ["the server could not answer the question", "el servidor no pudo responder la pregunta"],
	"una-pregunta": [
		"one question at a time: the previous question is not answered yet",
		"una pregunta a la vez: la anterior aún no tiene respuesta",
	],
	"tablero-grande": [
		"this board of {ancho} x {alto} is too large for version 1; use a client of version 2",
		"este tablero de {ancho} x {alto} es demasiado grande para la versión 1; usa un cliente de la versión 2",
	],
	"version-2-tarde": [
		"version 2 must be asked for in the first command of a connection",
		"la versión 2 se pide en el primer comando de una conexión",
	],
	"version-1": [
		"a message of version 2 on a connection that did not ask for version 2",
		"un mensaje de la versión 2 en una conexión que no la pidió",
	],
	"version-2": [
		"a command of version 1 on a connection of version 2",
		"un comando de la versión 1 en una conexión de la versión 2",
	],
	"mensaje-largo": [
		"a message of {bytes} bytes is longer than the limit of {limite}",
		"un mensaje de {bytes} bytes es más largo que los {limite} que se aceptan",
	],
	"mensaje-vacio": ["a message without content", "un mensaje sin contenido"],
	"ni-json-ni-opcode": [
		"not a JSON object, and no opcode: the first byte is {byte}",
		"no es un objeto JSON ni tiene código de operación: comienza con el byte {byte}",
	],
	"no-utf-8": ["not UTF-8 at byte {byte}", "no es UTF-8 en el byte {byte}"],
	"no-json": ["not JSON at character {caracter}", "no es JSON en el carácter {caracter}"],
	"valor-no-json": ["{valor} is not JSON", "{valor} no es JSON"],
	"json-profundo": ["JSON nested too deeply", "JSON con demasiados niveles anidados"],
	"no-objeto": ["not a JSON object", "no es un objeto JSON"],
	"falta-clave": ["{clave} is missing", "falta {clave}"],
	"no-texto": ["{clave} is {valor}; expected a string", "{clave} es {valor}; se esperaba un texto"],
	"no-entero": ["{clave} is {valor}; expected an integer", "{clave} es {valor}; se esperaba un número entero"],
	"comando-desconocido": ["unknown command {comando}", "comando desconocido: {comando}"],
	"opcode-desconocido": ["unknown opcode {opcode}", "código de operación desconocido: {opcode}"],
	"version-desconocida": ["there is no version {version}", "no existe la versión {version}"],
	"nombre-largo": ["nombre has more than {caracteres} characters", "nombre tiene más de {caracteres} caracteres"],
	"solicitud-fuera": ["solicitud {solicitud} does not fit in 32 bits", "solicitud {solicitud} no cabe en 32 bits"],
	"pintura-mal-medida": [
		"a paint request of {bytes} bytes; expected 5 and 1 to {pixeles} pixels of 5",
		"una solicitud de pintar de {bytes} bytes; se esperaban 5 y de 1 a {pixeles} píxeles de 5",
	],
	"tipo-de-mensaje": [
		"send JSON in a text message, everything else in a binary message",
		"JSON va en un mensaje de texto, todo lo demás en uno binario",
	],
	websocket: ["{detalle}", "{detalle}"],
};

Object.assign(REASONS, LATER);

export { REASONS };
