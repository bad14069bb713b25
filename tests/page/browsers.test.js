// The page uses nothing that the oldest supported browsers lack (docs/operations.md), by MDN's data of compatibility.
// The names of members are looked up in all interfaces, and the oldest of equal names counts: a name that every supported
// browser lacks is found, a new member with an old name is not.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import test from "node:test";

const OLDEST = { safari: 15.4, chrome: 94, firefox: 98 };
const PAGE = new URL("../../dcc/page/", import.meta.url);

/** By name: why the page may use what some browsers lack. */
const GUARDED = {
	autofocus: "the first button of the help has the focus without",
	ClipboardItem: "only words are put on the clipboard without",
	CompressionStream: "zlib.js takes its place",
	DecompressionStream: "zlib.js takes its place",
	getCoalescedEvents: "the page has the last event without",
	exitFullscreen: "the button is hidden without",
	fullscreenElement: "the button is hidden without",
	font: "of a canvas, as old as canvases",
	fullscreenEnabled: "undefined is false",
	getType: "called only beside read, of the clipboard",
	imageSmoothingQuality: "an ornament",
	pipeThrough: "called only beside CompressionStream",
	share: "a link is copied without",
	requestFullscreen: "the button is hidden without",
	"accent-color": "an ornament",
	"forced-color-adjust": "an ornament",
	outline: "old corners are not round",
	appearance: "-webkit-appearance stands beside it",
	"user-select": "-webkit-user-select stands beside it",
};

/** Members and values of the page itself with the names of new members of a browser. */
const OWN =
	`address changed check draw element entry forget identity inset inspect last layout lost move number opacity paint
	properties redraw role take where`.split(/\s+/);

const data = JSON.parse(readFileSync(createRequire(import.meta.url).resolve("@mdn/browser-compat-data"), "utf8"));

/** Since which version a browser has a feature, without a prefix or a switch. */
function since(support) {
	const versions = [support ?? []]
		.flat()
		.filter((entry) => !entry.flags && !entry.prefix && !entry.partial_implementation);
	return Math.min(
		...versions.map(({ version_added: version, version_removed: removed }) =>
			removed || !version || version === "preview"
				? Number.POSITIVE_INFINITY
				: Number.parseFloat(version.replace("≤", "")),
		),
	);
}

/** @type {Map<string, Record<string, number>>} by name the first versions */
const known = new Map();
function learn(name, feature) {
	const support = feature.__compat?.support;
	if (!support) return;
	const found = known.get(name) ?? {};
	for (const browser of Object.keys(OLDEST))
		found[browser] = Math.min(found[browser] ?? Number.POSITIVE_INFINITY, since(support[browser]));
	known.set(name, found);
}
const features = (tree) => Object.entries(tree).filter(([name]) => name !== "__compat");

function learnScripts() {
	for (const tree of [data.api, data.javascript.builtins]) {
		for (const [name, feature] of features(tree)) {
			learn(name, feature);
			for (const [member, inner] of features(feature)) learn(member.replace(/_static$|_event$/, ""), inner);
		}
	}
}

function learnStyles() {
	for (const [name, feature] of features(data.css.properties)) learn(name, feature);
	for (const [name, feature] of features(data.css.selectors)) learn(`:${name}`, feature);
	for (const [name, feature] of [...features(data.css.types), ...features(data.css.types.color)])
		learn(`${name}(`, feature);
}

function tooNew(names) {
	return [...new Set(names)].filter((name) => {
		const found = !Object.hasOwn(GUARDED, name) && known.get(name);
		return found && Object.keys(OLDEST).some((browser) => found[browser] > OLDEST[browser]);
	});
}

const read = (ending) =>
	readdirSync(PAGE)
		.filter((name) => name.endsWith(ending))
		.map((name) => readFileSync(new URL(name, PAGE), "utf8"))
		.join("\n")
		.replaceAll(/\/\*[\s\S]*?\*\/|\/\/ .*/g, "");

test("the scripts use nothing that is too new", () => {
	known.clear();
	learnScripts();
	assert.deepEqual(tooNew(["OffscreenCanvas", "findLast", "at", "ariaLabel"]), [
		"OffscreenCanvas",
		"findLast",
		"ariaLabel",
	]);
	const source = read(".js");
	const members = source.matchAll(/\.(\w+)/g);
	const globals = source.matchAll(/(?<![\w.#"'-])([A-Z]\w+)/g);
	const names = [...members, ...globals].map(([, name]) => name);
	assert.deepEqual(tooNew(names.filter((name) => !OWN.includes(name))), []);
});

test("the style uses nothing that is too new", () => {
	known.clear();
	learnStyles();
	assert.deepEqual(tooNew([":has", "light-dark(", ":is", "inset"]), [":has", "light-dark("]);
	const source = read(".css");
	const found = source.matchAll(/(?<=[{;]\s*)([a-z-]+)(?=:\s)|(:[a-z-]+)(?=[\s,(:[{])|([a-z-]+\()/g);
	assert.deepEqual(tooNew([...found].map(([, property, selector, call]) => property ?? selector ?? call)), []);
});
