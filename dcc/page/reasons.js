// Why the server refused something, in the page's language: the codes of dcc/reasons.py. The values have the names that
// they have on the wire (docs/protocol.md).

import { fill, language, moment } from "./strings.js";

/** @import { Refusal } from "./codec.js" */

/**
 * Why there may be no connection. Before the first board a page needs no others; reasons_later.js adds them.
 * @type {Record<string, [english: string, spanish: string]>}
 */
export const REASONS = {
	"clave-desconocida": [
		"nobody has this key, or no longer: ask for a new link",
		"nadie tiene esta clave, o ya no: pide un enlace nuevo",
	],
	"clave-caducada": [
		"this key has come to its end: ask for a new link",
		"esta clave llegó a su fin: pide un enlace nuevo",
	],
	"codigo-erroneo": ["this is not the code of the room", "este no es el código de la sala"],
	"demasiados-intentos": [
		"too many wrong keys or codes: try again in {segundos} s",
		"demasiadas claves o códigos erróneos: inténtalo otra vez en {segundos} s",
	],
	expulsado: ["you may not connect any more: {motivo}", "ya no puedes conectarte: {motivo}"],
	"expulsado-hasta": ["you may not connect until {hasta}: {motivo}", "no puedes conectarte hasta el {hasta}: {motivo}"],
	"pagina-en-otro-puerto": [
		"this port is for programs; browsers open the page at the port of dcc serve --http",
		"este puerto es para programas; los navegadores abren la página en el puerto de dcc serve --http",
	],
	"programa-en-otro-puerto": [
		"this port is for browsers; programs connect to the port of dcc serve --port",
		"este puerto es para navegadores; los programas se conectan al puerto de dcc serve --port",
	],
	"proxy-inesperado": [
		"a header of the PROXY protocol, which this port does not expect",
		"una cabecera del protocolo PROXY, que este puerto no espera",
	],
	"tls-inesperado": ["TLS, which this port does not speak", "TLS, que este puerto no habla"],
	"host-desconocido": [
		"this server does not go by the name {host}: start dcc serve with {opcion}",
		"este servidor no atiende por el nombre {host}: inicia dcc serve con {opcion}",
	],
	"origen-ajeno": [
		"the page is at {origen}, but the request names the server {host}: have the proxy pass the header Host on, or start dcc serve with {opcion}",
		"la página está en {origen}, pero la petición llama al servidor {host}: haz que el proxy pase la cabecera Host, o inicia dcc serve con {opcion}",
	],
	"sesion-sin-nombre": [
		"the proxy signs you in as {nombre} ({cabecera}), and that is no name here: one name of 1 to {caracteres} visible characters, without a comma",
		"el proxy te identifica como {nombre} ({cabecera}), y eso aquí no es un nombre: un solo nombre de 1 a {caracteres} caracteres visibles, sin comas",
	],
	lleno: ["the server is full (limit: {clientes})", "el servidor está lleno (máximo {clientes} a la vez)"],
	"direccion-llena": [
		"too many connections from your address (limit: {conexiones})",
		"demasiadas conexiones desde tu dirección (límite: {conexiones})",
	],
	"sin-sitio": ["the server has no room for another connection", "el servidor no tiene lugar para otra conexión"],
	"sin-comando": ["no command came within {segundos} s", "no llegó ningún comando en {segundos} s"],
};

/**
 * Faults found by the page.
 * @type {Record<string, [english: string, spanish: string]>}
 */
const OWN = {
	unreadable: [
		"the server sent what this page cannot read; reload the page",
		"el servidor envió algo que esta página no puede leer; vuelve a cargarla",
	],
	behind: [
		"the proxy answers {status}: start the server behind the proxy, or correct the proxy’s address of the server",
		"el proxy responde {status}: inicia el servidor detrás del proxy, o corrige en el proxy la dirección del servidor",
	],
	noUpgrade: [
		"no WebSocket gets through: have the proxy pass the headers Upgrade and Connection on",
		"ningún WebSocket llega al servidor: haz que el proxy pase los encabezados Upgrade y Connection",
	],
};

/** Reasons that only the person with the server can do something about. */
const FOR_THE_HOST = ["origen-ajeno", "host-desconocido", "behind", "noUpgrade"];

/** @param {Refusal | null} refusal */
export const isForTheHost = (refusal) => refusal !== null && FOR_THE_HOST.includes(refusal.code);

/** @param {Refusal} refusal */
export const isOfKey = ({ code }) => code === "clave-desconocida" || code === "clave-caducada";

const UTC = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC$/; // as a server spells a time in a reason

/**
 * Says a refusal in the page's language; in the server's own words if the code is unknown or a value is missing.
 * @param {Refusal} refusal
 */
export function tell({ code, values, reason }) {
	const texts = [REASONS, OWN].find((table) => Object.hasOwn(table, code))?.[code];
	if (!texts) return reason;
	const template = texts[language === "es" ? 1 : 0];
	const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
	if (!names.every((name) => Object.hasOwn(values, name))) return reason;
	const time = UTC.exec(String(values.hasta));
	return fill(template, time ? { ...values, hasta: moment(Date.parse(`${time[1]}T${time[2]}Z`)) } : values);
}
