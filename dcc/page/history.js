// The canvas's whole life: a slider over it, and a play button.

import { ask } from "./link.js";
import { moment, number, text } from "./strings.js";

const PLAY_MS = 20_000; // for all of it

const [bar, slider, button, label] = ["past", "moment", "play", "when"].map((id) => document.getElementById(id));
let owner; // {showPast(colours), answerFailed(error)}; without colours the history is closed
let last = 0;
let wanted = null; // the sequence to be asked for next
let asking = false;
let playing = null; // {start: sequence, since: ms}

export const isOpen = () => !bar.hidden;

export async function open(itsOwner) {
	owner = itsOwner;
	try {
		({ last } = await ask({ comando: "historia" }));
		slider.max = last;
		slider.value = last;
		bar.hidden = false;
		slider.focus();
		play(null);
		await want(last);
	} catch (error) {
		owner.answerFailed(error);
	}
}

export function close() {
	play(null);
	wanted = null;
	bar.hidden = true;
	owner.showPast();
}

slider.oninput = () => {
	play(null);
	want(slider.valueAsNumber);
};

button.onclick = () => {
	const at = slider.valueAsNumber;
	play(playing ? null : { start: at < last ? at : 0, since: performance.now() });
};

function play(how) {
	playing = how;
	button.dataset.state = playing ? "pause" : "play";
	button.title = text(button.dataset.state);
	if (playing) advance();
}

/** Asks for where the playing has got to by now. */
function advance() {
	const sequence = Math.floor(playing.start + ((performance.now() - playing.since) / PLAY_MS) * last);
	slider.value = sequence;
	if (sequence >= last) play(null);
	want(Math.min(sequence, last));
}

async function want(sequence) {
	wanted = sequence;
	if (asking) return;
	asking = true;
	try {
		while (wanted !== null) {
			const answer = ask({ comando: "historia", secuencia: wanted });
			wanted = null;
			const past = await answer;
			if (!isOpen()) break;
			owner.showPast(past.colours);
			const time = past.time ? moment(past.time) : "–"; // before the first placement there is none
			label.value = slider.ariaValueText = `${time} · ${number(past.sequence)} / ${number(last)}`;
			await new Promise(requestAnimationFrame); // it has been drawn
			if (playing) advance();
		}
	} catch (error) {
		close();
		owner.answerFailed(error);
	} finally {
		asking = false;
	}
}
