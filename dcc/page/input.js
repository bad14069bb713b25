// Mouse, touch, pen and keyboard on the board. Points are [x, y] in the window, which the board fills, in CSS pixels.

import { clamp } from "./view.js";

/** @import { Point, View } from "./view.js" */

/** @type {Record<string, number>} pixels that a press may move and still be a tap */
const SLOP = { mouse: 3, pen: 6, touch: 9 };
const LINE_PIXELS = 33; // of a wheel that counts lines
const WHEEL_PIXELS = 200; // double the zoom

/** Where keys and the clipboard have a meaning of their own. */
export const FIELDS = "dialog, textarea, select, input:not([type=radio], [type=checkbox], [type=range])";

let spaceHeld = false; // then the next drag moves the view

/** @typedef {{ move(points: Point[]): void, end(): void, cancel?(): void }} Drag  cancelled, if it can be, by a second finger */
/**
 * `press` begins a drag, or gives nothing if a drag is to move the view; `tap` is a press that did neither.
 * @typedef {object} PointerOwner
 * @property {(point: Point, event: PointerEvent) => Drag | null} press
 * @property {(point: Point, event: PointerEvent) => void} tap
 * @property {(point: Point | null, event: PointerEvent) => void} hover
 * @property {() => void} viewMoved
 */
/**
 * @typedef {(
 *   | { kind: "waiting", start: Point, slop: number }
 *   | { kind: "drag", drag: Drag }
 *   | { kind: "pan", start: Point, at: Point, slop: number, tap: boolean }
 *   | { kind: "pinch", middle: Point, distance: number }
 *   | { kind: "over" }
 * )} Gesture
 */

/**
 * @param {HTMLElement} element
 * @param {View} view
 * @param {PointerOwner} owner
 */
export function listenToPointers(element, view, owner) {
	/** @type {Map<number, Point>} pressed pointers by id */
	const down = new Map();
	/** @type {Gesture} */
	let gesture = { kind: "over" };

	/**
	 * @param {PointerEvent | WheelEvent} event
	 * @returns {Point}
	 */
	const pointOf = ({ clientX, clientY }) => [clientX, clientY];
	/**
	 * Between the two pressed pointers.
	 * @returns {{ middle: Point, distance: number }}
	 */
	const span = () => {
		const [[x, y], [x2, y2]] = down.values();
		return { middle: [(x + x2) / 2, (y + y2) / 2], distance: Math.max(1, Math.hypot(x2 - x, y2 - y)) };
	};
	/** @param {Drag} drag */
	const stop = (drag) => (drag.cancel ? drag.cancel() : drag.end());
	/** @type {(point: Point, from: { start: Point, slop: number }) => boolean} */
	const isFar = (point, { start, slop }) => Math.hypot(point[0] - start[0], point[1] - start[1]) > slop;
	/**
	 * @param {PointerEvent} event
	 * @param {Point} start
	 * @param {number} slop
	 */
	const begin = (event, start, slop) => {
		const pans = spaceHeld || event.button === 1;
		const drag = pans ? null : owner.press(start, event);
		gesture = drag ? { kind: "drag", drag } : { kind: "pan", start, at: start, slop, tap: !pans };
	};

	element.onpointerdown = (event) => {
		const touch = event.pointerType === "touch";
		if (event.button > 1 || (!touch && down.size)) return;
		if (event.button === 1) event.preventDefault(); // no automatic scrolling
		element.setPointerCapture(event.pointerId);
		const start = pointOf(event);
		down.set(event.pointerId, start);
		if (down.size === 1) {
			const slop = SLOP[event.pointerType];
			// A finger may be the first of two, so the gesture begins when the finger moves or leaves.
			if (touch) gesture = { kind: "waiting", start, slop };
			else begin(event, start, slop);
		} else if (down.size === 2) {
			if (gesture.kind === "drag") stop(gesture.drag);
			gesture = { kind: "pinch", ...span() };
		}
	};

	element.onpointermove = (event) => {
		const point = pointOf(event);
		owner.hover(point, event);
		if (!down.has(event.pointerId)) return;
		down.set(event.pointerId, point);
		if (gesture.kind === "waiting" && isFar(point, gesture)) begin(event, gesture.start, gesture.slop);
		if (gesture.kind === "drag") {
			// Safari before 18.2, and Firefox on an address without encryption, give only the last of several moves.
			const between = event.getCoalescedEvents?.() ?? [];
			gesture.drag.move([...between.map(pointOf), point]);
		} else if (gesture.kind === "pan" && (!gesture.tap || isFar(point, gesture))) {
			view.panBy(point[0] - gesture.at[0], point[1] - gesture.at[1]);
			Object.assign(gesture, { at: point, tap: false });
			owner.viewMoved();
		} else if (gesture.kind === "pinch") {
			const { middle, distance } = span();
			view.panBy(middle[0] - gesture.middle[0], middle[1] - gesture.middle[1]);
			view.zoomAt(distance / gesture.distance, middle);
			gesture = { kind: "pinch", middle, distance };
			owner.viewMoved();
		}
	};

	element.onpointerup = element.onpointercancel = (event) => {
		if (!down.has(event.pointerId)) return;
		const lifted = event.type === "pointerup"; // not taken away by the browser
		if (gesture.kind === "waiting" && lifted) begin(event, gesture.start, gesture.slop);
		down.delete(event.pointerId);
		if (gesture.kind === "drag") lifted ? gesture.drag.end() : stop(gesture.drag);
		if (gesture.kind === "pan" && gesture.tap && lifted) owner.tap(gesture.start, event);
		gesture = { kind: "over" }; // the rest of a pinch does nothing
	};

	element.onpointerleave = (event) => owner.hover(null, event);

	element.onwheel = (event) => {
		event.preventDefault();
		const doublings = (-event.deltaY * (event.deltaMode ? LINE_PIXELS : 1)) / WHEEL_PIXELS;
		view.zoomAt(2 ** clamp(doublings, -1, 1), pointOf(event));
		owner.viewMoved();
	};
}

/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * What the keys do on the board.
 * @typedef {object} KeyOwner
 * @property {(step: Point) => void} arrow
 * @property {(isEnter: boolean) => void} press Space or Enter
 * @property {() => void} release Space
 */
/**
 * Shortcuts work wherever keys have no other meaning; arrows, Space and Enter on the board.
 * @param {HTMLElement} element
 * @param {Record<string, () => void>} shortcuts by key, after "Ctrl+", "Shift+" or "Ctrl+Shift+" for a key with these
 * @param {KeyOwner} owner
 */
export function listenToKeys(element, shortcuts, owner) {
	document.onkeydown = (event) => {
		const target = /** @type {Element} */ (event.target);
		if (event.altKey || target.closest(FIELDS)) return;
		const ctrl = event.ctrlKey || event.metaKey;
		const onBoard = !ctrl && [element, document.body].some((place) => place === target);
		const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
		const shift = event.shiftKey && (ctrl || /^[A-Z]$/.test(key)); // signs are typed with it
		const shortcut = shortcuts[(ctrl ? "Ctrl+" : "") + (shift ? "Shift+" : "") + key];
		const step = ARROWS[key];
		if (onBoard && step) {
			const cells = event.shiftKey ? 10 : 1;
			owner.arrow([step[0] * cells, step[1] * cells]);
		} else if (onBoard && (key === " " || key === "Enter")) {
			if (!event.repeat) owner.press(key === "Enter");
			spaceHeld ||= key === " ";
		} else if (shortcut) shortcut();
		else return;
		event.preventDefault();
	};
	const letGo = () => {
		spaceHeld = false;
		owner.release();
	};
	document.onkeyup = ({ key }) => key === " " && letGo();
	window.onblur = letGo; // of a key that is let go in another window nothing is heard
}
