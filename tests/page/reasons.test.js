// Refusals in the page's language.

import assert from "node:assert/strict";
import test from "node:test";

import { tell } from "../../dcc/page/reasons.js";
import { REASONS } from "../../dcc/page/reasons_later.js";
import { language } from "../../dcc/page/strings.js";

const placeholders = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("both languages of a reason have the same values", () => {
	for (const [code, [english, spanish]] of Object.entries(REASONS)) {
		assert.deepEqual(placeholders(english), placeholders(spanish), code);
	}
});

test("a known code is told with its values, whatever the server's language", () => {
	const values = { celda: 9, ancho: 3, alto: 2 };
	const texts = { en: "cell 9 is outside of the board of 3 x 2", es: "la celda 9 está fuera del tablero de 3 x 2" };
	assert.equal(tell({ code: "celda-fuera", values, reason: "außerhalb" }), texts[language]);
});

test("an unknown code, and a value that is missing, leave the server's own words", () => {
	for (const code of ["", "something-new", "toString", "celda-fuera"]) {
		assert.equal(tell({ code, values: { celda: 9 }, reason: "está fuera" }), "está fuera", code);
	}
});
