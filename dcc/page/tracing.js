// The template on the board, and its panel: loaded once there is a board.

import { byId, inputById, put, setAria } from "./elements.js";
import { say } from "./notices.js";
import { HiddenPixels } from "./pictures.js";
import { learn, number, text, translate } from "./strings.js";
import { Template } from "./template.js";

/** @import { Drag } from "./input.js" */
/** @import { Replica } from "./replica.js" */
/** @import { Point, View } from "./view.js" */

learn({
	templateText: ["Trace over a picture; only you see it.", "Calca una imagen; solo tú la ves."],
	choose: ["Choose a picture…", "Elegir una imagen…"],
	visible: ["Show the picture", "Mostrar la imagen"],
	opacity: ["Opacity", "Opacidad"],
	templateHint: [
		"Drag the picture to move it, a corner to resize it.",
		"Arrastra la imagen para moverla, la esquina para cambiar su tamaño.",
	],
	left: ["{left} of {total} pixels to do", "Faltan {left} de {total} píxeles"],
	remove: ["Remove", "Quitar"],
});

const REACH = 16; // around a template's corner, in which the corner is taken hold of
const FIELDS = /** @type {const} */ (["column", "row", "width"]);

export class Tracing {
	#panel = byId("panel");
	/** @type {View} */
	#view;
	/** @type {() => void} */
	#redraw;

	/**
	 * @param {Replica} replica
	 * @param {View} view
	 * @param {() => void} redraw
	 */
	constructor(replica, view, redraw) {
		this.template = new Template(replica);
		delete this.#panel.dataset.later;
		translate(this.#panel);
		this.#view = view;
		this.#redraw = redraw;
		for (const field of FIELDS) {
			const input = inputById(field);
			input.oninput = () => {
				if (input.value && input.validity.valid) this.#place({ [field]: input.valueAsNumber });
			};
		}
		const [visible, opacity, file] = ["visible", "opacity", "file"].map(inputById);
		visible.oninput = () => this.#place({ visible: visible.checked });
		opacity.oninput = () => this.#place({ opacity: opacity.valueAsNumber });
		file.onchange = async () => {
			if (file.files?.[0]) await this.#after(this.template.choose(file.files[0], [view.x, view.y]));
			file.value = "";
		};
	}

	/** Takes the template that is kept for the canvas. */
	restore() {
		return this.#after(this.template.restore());
	}

	toggle() {
		this.#panel.hidden = !this.#panel.hidden;
		setAria(byId("template"), "pressed", this.isPlacing);
	}

	remove() {
		this.template.remove();
		this.#changed();
	}

	/** Whether the pointer moves the template. */
	get isPlacing() {
		return !this.#panel.hidden;
	}

	/** Counts what is left to do. */
	count() {
		this.template.count();
		this.#tellLeft();
	}

	#tellLeft() {
		const { left, total } = this.template;
		put("left", text("left", { left: number(left), total: number(total) }));
	}

	/** @param {{ column?: number, row?: number, width?: number, visible?: boolean, opacity?: number }} changes */
	#place(changes) {
		this.template.place(changes);
		this.template.save();
		this.#changed();
	}

	/** @param {Promise<void>} deed */
	async #after(deed) {
		try {
			await deed;
		} catch (error) {
			say(text(error instanceof HiddenPixels ? "hiddenPixels" : "noPicture"));
		}
		this.#changed();
	}

	#changed() {
		byId("placing").hidden = !this.template.file;
		for (const field of FIELDS) inputById(field).value = String(this.template[field]);
		inputById("visible").checked = this.template.visible;
		inputById("opacity").value = String(this.template.opacity);
		this.#tellLeft();
		this.#redraw();
	}

	/**
	 * Takes hold of the template, or of its corner.
	 * @param {Point} point
	 * @returns {Drag | null}
	 */
	drag(point) {
		const { template } = this;
		const { column, row, width, height } = template;
		const corner = this.#view.toScreen([column + width, row + height]);
		const from = this.#view.toBoard(point);
		const resizes = Math.hypot(point[0] - corner[0], point[1] - corner[1]) < REACH;
		if (!resizes && template.wants(this.#view.cellAt(point)) === undefined) return null;
		return {
			move: (points) => {
				const to = this.#view.toBoard(points[points.length - 1]);
				const [dx, dy] = [Math.round(to[0] - from[0]), Math.round(to[1] - from[1])];
				template.place(resizes ? { width: width + dx } : { column: column + dx, row: row + dy });
				this.#changed();
			},
			end: () => void template.save(),
		};
	}
}
