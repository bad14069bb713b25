// Mouse, touch, pen and keyboard on the board. Points are [x, y] in the window, which it fills, in CSS pixels.

import { clamp } from "./view.js";

const SLOP = { mouse: 3, pen: 6, touch: 9 }; // pixels that a press may move and still be a tap
const LINE_PIXELS = 33; // of a wheel that counts lines
const WHEEL_PIXELS = 200; // double the zoom

let spaceHeld = false; // then the next drag moves the view

/**
 * The owner has press(point, event), which begins a drag, {move(points), end()}, or gives nothing where a drag is to
 * move the view; tap(point, event) for a press that did neither; hover(point | null, event); viewMoved().
 */
export function listenToPointers(element, view, owner) {
	const down = new Map(); // pointer id -> point
	let gesture; // {kind: "waiting" | "drag" | "pan" | "pinch" | "over", …}

	const pointOf = ({ clientX, clientY }) => [clientX, clientY];
	/** Of the two pointers that are down. */
	const span = () => {
		const [[x, y], [x2, y2]] = down.values();
		return { middle: [(x + x2) / 2, (y + y2) / 2], distance: Math.max(1, Math.hypot(x2 - x, y2 - y)) };
	};
	const begin = (event) => {
		const pans = spaceHeld || event.button === 1;
		const drag = pans ? null : owner.press(gesture.start, event);
		Object.assign(gesture, { kind: drag ? "drag" : "pan", drag, tap: !pans });
	};

	element.onpointerdown = (event) => {
		const touch = event.pointerType === "touch";
		if (event.button > 1 || (!touch && down.size)) return;
		if (event.button === 1) event.preventDefault(); // no automatic scrolling
		element.setPointerCapture(event.pointerId);
		const start = pointOf(event);
		down.set(event.pointerId, start);
		if (down.size === 1) {
			gesture = { kind: "waiting", start, at: start, slop: SLOP[event.pointerType] };
			// A finger may be the first of two, so what it does begins when it moves or leaves.
			if (!touch) begin(event);
		} else if (down.size === 2) {
			gesture.drag?.end();
			gesture = { kind: "pinch", ...span() };
		}
	};

	element.onpointermove = (event) => {
		const point = pointOf(event);
		owner.hover(point, event);
		if (!down.has(event.pointerId)) return;
		down.set(event.pointerId, point);
		const far = () => Math.hypot(point[0] - gesture.start[0], point[1] - gesture.start[1]) > gesture.slop;
		if (gesture.kind === "waiting" && far()) begin(event);
		if (gesture.kind === "drag") {
			gesture.drag.move([...event.getCoalescedEvents().map(pointOf), point]);
		} else if (gesture.kind === "pan" && (!gesture.tap || far())) {
			view.panBy(point[0] - gesture.at[0], point[1] - gesture.at[1]);
			Object.assign(gesture, { at: point, tap: false });
			owner.viewMoved();
		} else if (gesture.kind === "pinch") {
			const { middle, distance } = span();
			view.panBy(middle[0] - gesture.middle[0], middle[1] - gesture.middle[1]);
			view.zoomAt(distance / gesture.distance, ...middle);
			Object.assign(gesture, { middle, distance });
			owner.viewMoved();
		}
	};

	element.onpointerup = element.onpointercancel = (event) => {
		if (!down.has(event.pointerId)) return;
		const lifted = event.type === "pointerup"; // not taken away by the browser
		if (gesture.kind === "waiting" && lifted) begin(event);
		down.delete(event.pointerId);
		gesture.drag?.end();
		if (gesture.kind === "pan" && gesture.tap && lifted) owner.tap(gesture.start, event);
		gesture = { kind: "over" }; // what is left of a pinch does nothing
	};

	element.onpointerleave = (event) => owner.hover(null, event);

	element.onwheel = (event) => {
		event.preventDefault();
		const doublings = (-event.deltaY * (event.deltaMode ? LINE_PIXELS : 1)) / WHEEL_PIXELS;
		view.zoomAt(2 ** clamp(doublings, -1, 1), ...pointOf(event));
		owner.viewMoved();
	};
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Shortcuts, by key with "Ctrl+" before it where that is held, work wherever keys have no other meaning; arrow(step,
 * spaceHeld) and space() on the board.
 */
export function listenToKeys(element, shortcuts, arrow, space) {
	document.onkeydown = (event) => {
		if (event.altKey || event.target.closest("dialog, input:not([type=radio], [type=checkbox])")) return;
		const ctrl = event.ctrlKey || event.metaKey;
		const onBoard = !ctrl && [element, document.body].includes(event.target);
		const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
		const shortcut = shortcuts[(ctrl ? "Ctrl+" : "") + key];
		if (onBoard && ARROWS[key]) {
			arrow(ARROWS[key].map((cells) => cells * (event.shiftKey ? 10 : 1)), spaceHeld);
		} else if (onBoard && key === " ") {
			if (!spaceHeld) space();
			spaceHeld = true;
		} else if (shortcut) shortcut();
		else return;
		event.preventDefault();
	};
	document.onkeyup = (event) => {
		if (event.key === " ") spaceHeld = false;
	};
}
