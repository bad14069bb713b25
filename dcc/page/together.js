// What people draw together: the list of shared templates in the panel of the template, with how much of each is done,
// and the chosen one as a layer over the board. Loaded with the first shared template.

import { rgb } from "./colours.js";
import { byId, create, loadStyle, setAria } from "./elements.js";
import { NoAnswer } from "./link.js";
import { say, sayUnanswered } from "./notices.js";
import { readPixels, SharedTemplate } from "./shared_template.js";
import { learn, number, text } from "./strings.js";

/** @import { SharedTemplate as Answer, TemplateNews } from "./codec_people.js" */
/** @import { Link } from "./link.js" */
/** @import { Pen } from "./renderer.js" */
/** @import { Rights } from "./rights.js" */
/** @import { Cell } from "./shapes.js" */

learn({
	together: ["What we draw together", "Lo que dibujamos juntos"],
	togetherNew: [
		"A picture to draw together: {name}. Choose it under Template.",
		"Una imagen para dibujar juntos: {name}. Elígela en Plantilla.",
	],
	togetherDone: ["{done} of {total} pixels, {share} %", "{done} de {total} píxeles, {share} %"],
	togetherBy: ["by {name}", "de {name}"],
	togetherNone: ["None", "Ninguna"],
	togetherLook: ["Shown as", "Se muestra"],
	half: ["half transparent", "medio transparente"],
	dots: ["dots", "puntos"],
	missing: ["only what is missing", "solo lo que falta"],
	oneColour: ["Only the chosen colour", "Solo el color elegido"],
	nextMissing: ["Next missing pixel (N)", "Siguiente píxel que falta (N)"],
	allDone: ["Nothing is missing of {name}.", "No falta nada de {name}."],
	colourDone: ["Nothing of this colour is missing of {name}.", "De este color no falta nada de {name}."],
	chooseTogether: ["Choose a picture to draw together first.", "Elige antes una imagen para dibujar juntos."],
});

const LOOKS = /** @type {const} */ (["half", "dots", "missing"]);
const DOT_ZOOM = 4; // CSS pixels a cell, below which a dot could not be told from the cell
const DOT = 0.4; // of a cell

/**
 * Leads somebody to a cell, with a colour to paint there.
 * @typedef {object} Owner
 * @property {() => void} redraw
 * @property {(cell: Cell, colour: number) => void} lead
 * @property {() => Cell} from where the next missing pixel is looked for
 * @property {() => number} colour the chosen one
 */

export class Together {
	/** @type {SharedTemplate | null} shown over the board */
	chosen = null;
	/** @type {typeof LOOKS[number]} */
	#look = "half";
	#oneColour = false;
	/** @type {Link} */
	#link;
	/** @type {Rights} */
	#rights;
	/** @type {Owner} */
	#owner;
	/** @type {Map<number, SharedTemplate>} those whose pixels are here, by their numbers */
	#known = new Map();
	/** @type {Map<number, { input: HTMLInputElement, bar: HTMLProgressElement, done: HTMLElement }>} */
	#rows = new Map();
	#offered = new Set(); // numbers of those that somebody was told of
	#canvasId = "";
	#wanted = 0; // the number of the chosen one, also while the server has not told the templates
	#list = create("fieldset", { id: "together" });
	#options = create("div", { id: "togetherOptions", hidden: true });
	#layer = document.createElement("canvas"); // a pixel a cell
	#drawn = ""; // what the layer shows
	#changes = 0;

	/**
	 * @param {Link} link
	 * @param {Rights} rights
	 * @param {Owner} owner
	 */
	constructor(link, rights, owner) {
		this.#link = link;
		this.#rights = rights;
		this.#owner = owner;
		loadStyle("together.css");
		const section = create("div", { id: "shared" });
		section.append(create("h2", { textContent: text("together") }), this.#list, this.#options);
		byId("panel").prepend(section);
		const look = create("select", { id: "togetherLook" });
		look.append(...LOOKS.map((value) => create("option", { value, textContent: text(value) })));
		look.onchange = () => {
			this.#look = LOOKS[look.selectedIndex];
			this.#owner.redraw();
		};
		const one = create("input", { id: "oneColour", type: "checkbox" });
		one.onchange = () => {
			this.#oneColour = one.checked;
			this.#owner.redraw();
		};
		const next = create("button", { id: "nextMissing", textContent: text("nextMissing") });
		next.onclick = () => this.next();
		this.#options.append(labelled("togetherLook", look), labelled("oneColour", one), next);
	}

	/** Takes changed rules: templates may have come and gone. */
	change() {
		const { templates } = this.#rights.rules;
		if (this.#link.replica.canvasId !== this.#canvasId) {
			this.#known.clear();
			this.#wanted = 0;
		}
		this.#canvasId = this.#link.replica.canvasId;
		const numbers = new Set(templates.map((template) => template.number));
		for (const known of this.#known.keys()) if (!numbers.has(known)) this.#known.delete(known);
		if (this.chosen && this.#known.get(this.chosen.number) !== this.chosen) this.#show(null);
		if (this.#wanted && !this.chosen && numbers.has(this.#wanted)) this.choose(this.#wanted); // after a lost connection
		byId("shared").hidden = !templates.length;
		this.#list.replaceChildren(create("legend", { className: "unseen", textContent: text("together") }));
		this.#rows.clear();
		if (templates.length) this.#list.append(this.#noneRow());
		for (const template of templates) this.#list.append(this.#row(template));
		const news = templates.filter((template) => !this.#offered.has(template.number));
		for (const { number } of news) this.#offered.add(number);
		if (news.length) say(text("togetherNew", { name: news.map(({ name }) => name).join(", ") }));
		this.look();
	}

	#noneRow() {
		const input = create("input", { type: "radio", name: "together", checked: !this.chosen });
		input.onchange = () => {
			this.#wanted = 0;
			this.#show(null);
		};
		const label = create("label", { className: "radio" });
		label.append(input, create("span", { textContent: text("togetherNone") }));
		return label;
	}

	/** @param {TemplateNews} template */
	#row(template) {
		const input = create("input", { type: "radio", name: "together", value: String(template.number) });
		input.checked = this.chosen?.number === template.number;
		input.onchange = () => void this.choose(template.number);
		const bar = create("progress", { max: 1, value: 0 });
		const name = create("bdi", { textContent: template.name });
		const done = create("small", {});
		const words = create("span", {});
		words.append(name, done);
		if (template.author) done.title = text("togetherBy", { name: template.author });
		setAria(bar, "label", template.name);
		const label = create("label", { className: "radio" });
		label.append(input, words, bar);
		this.#rows.set(template.number, { input, bar, done });
		return label;
	}

	/** Shows a template by its number. @param {number} chosen */
	async choose(chosen) {
		this.#wanted = chosen;
		const template = await this.#load(chosen).catch(this.#failed);
		if (template && this.#wanted === chosen) this.#show(template);
	}

	/** @param {unknown} error */
	#failed(error) {
		if (!(error instanceof NoAnswer)) throw error;
		sayUnanswered(error.refusal);
	}

	/** @param {SharedTemplate | null} template */
	#show(template) {
		this.chosen = template;
		this.#options.hidden = !template;
		for (const [number, { input }] of this.#rows) input.checked = number === template?.number;
		this.#changes++;
		this.count();
		this.#owner.redraw();
	}

	/**
	 * The pixels of a template, asked for once.
	 * @param {number} wanted
	 */
	async #load(wanted) {
		const known = this.#known.get(wanted);
		const news = this.#rights.rules.templates.find((template) => template.number === wanted);
		if (known || !news) return known;
		/** @type {Answer} */
		const { template } = await this.#link.ask({ comando: "plantilla", numero: wanted });
		const colours = await readPixels(template.data, template.place.width * template.place.height);
		const loaded = new SharedTemplate({ ...news, place: template.place }, colours);
		this.#known.set(wanted, loaded);
		return loaded;
	}

	/** Has the list tell how much is done, while it is seen: the pixels are asked for, one template after the other. */
	async look() {
		if (byId("panel").hidden) return;
		for (const wanted of [...this.#rows.keys()]) await this.#load(wanted).catch(() => {});
		this.count();
	}

	/** Counts what is missing: of all that is seen. */
	count() {
		const isOpen = !byId("panel").hidden;
		this.#changes++;
		for (const [wanted, template] of this.#known) {
			const row = this.#rows.get(wanted);
			if (!row || !(isOpen || template === this.chosen)) continue;
			template.count(this.#link.replica);
			const done = template.total - template.left;
			row.bar.value = done / template.total;
			const values = { done: number(done), total: number(template.total), share: template.share };
			const told = text("togetherDone", values);
			if (row.done.textContent !== told) row.done.textContent = told;
		}
	}

	/**
	 * The colour that the shown template wants in a cell, or -1 for any.
	 * @param {Cell} cell
	 */
	wants([column, row]) {
		return this.chosen ? this.chosen.wants(column, row) : -1;
	}

	/** Leads to the next missing pixel of the shown template. */
	next() {
		const { chosen } = this;
		if (!chosen) return say(text("chooseTogether"));
		const only = this.#oneColour ? this.#owner.colour() : null;
		const found = chosen.next(this.#link.replica, this.#owner.from(), only);
		if (found) this.#owner.lead([found.column, found.row], found.colour);
		else say(text(only === null ? "allDone" : "colourDone", { name: chosen.name }));
	}

	/** @param {Pen} pen */
	draw({ context, x, y, zoom, scale }) {
		const { chosen } = this;
		if (!chosen) return;
		const only = this.#oneColour ? this.#owner.colour() : null;
		const { place } = chosen;
		if (this.#look === "dots" && zoom >= DOT_ZOOM * scale) {
			this.#drawDots(context, x, y, zoom, only);
			return;
		}
		this.#make(chosen, only);
		context.imageSmoothingEnabled = zoom < 1;
		context.globalAlpha = this.#look === "half" ? 0.5 : 1;
		context.drawImage(this.#layer, x(place.column), y(place.row), place.width * zoom, place.height * zoom);
		context.globalAlpha = 1;
	}

	/**
	 * Draws the layer anew if something has changed.
	 * @param {SharedTemplate} template
	 * @param {number | null} only
	 */
	#make(template, only) {
		const isWhole = this.#look === "half";
		const state = [template.number, only, isWhole, isWhole ? 0 : this.#changes].join();
		if (state === this.#drawn) return;
		this.#drawn = state;
		const { width, height, column: left, row: top } = template.place;
		Object.assign(this.#layer, { width, height });
		const context = /** @type {CanvasRenderingContext2D} */ (this.#layer.getContext("2d"));
		const image = context.createImageData(width, height);
		const shades = this.#link.replica.palette.map(({ value }) => rgb(value));
		/** @type {(column: number, row: number, colour: number) => void} */
		const put = (column, row, colour) => image.data.set([...shades[colour], 255], (row * width + column) * 4);
		if (isWhole)
			template.colours.forEach((colour, cell) => {
				if (colour >= 0 && (only === null || colour === only)) put(cell % width, Math.floor(cell / width), colour);
			});
		else template.eachMissing(this.#link.replica, only, (column, row, colour) => put(column - left, row - top, colour));
		context.putImageData(image, 0, 0);
	}

	/**
	 * Draws a dot with a rim in each missing cell that is seen.
	 * @param {CanvasRenderingContext2D} context
	 * @param {(column: number) => number} x
	 * @param {(row: number) => number} y
	 * @param {number} zoom
	 * @param {number | null} only
	 */
	#drawDots(context, x, y, zoom, only) {
		const { width, height } = context.canvas;
		const { palette } = this.#link.replica;
		const [side, rim] = [zoom * DOT, Math.max(1, zoom / 16)];
		this.chosen?.eachMissing(this.#link.replica, only, (column, row, colour) => {
			const [left, top] = [x(column) + (zoom - side) / 2, y(row) + (zoom - side) / 2];
			if (top > height) return true;
			if (left < -zoom || top < -zoom || left > width) return false;
			context.fillStyle = "#8888";
			context.fillRect(left - rim, top - rim, side + 2 * rim, side + 2 * rim);
			context.fillStyle = palette[colour].value;
			context.fillRect(left, top, side, side);
		});
	}
}

/**
 * @param {string} key of its text
 * @param {HTMLElement} field
 */
function labelled(key, field) {
	const label = create("label", { textContent: text(key) });
	label.append(field);
	return label;
}
