// Tells when one may paint again: in the title, and with a sound and a notification if the user wants them. Loaded with
// the first cooldown.

import { byId, create } from "./elements.js";
import { left } from "./notices.js";
import { learn, text } from "./strings.js";

/** @import { Painting } from "./painting.js" */

learn({
	again: ["You can paint again", "Ya puedes pintar otra vez"],
	whenAgain: ["When I can paint again", "Cuando pueda volver a pintar"],
	sound: ["Play a sound", "Que suene"],
	notify: ["Show a notification while I look elsewhere", "Mostrar un aviso si estoy mirando otra cosa"],
	willTell: ["You will be told like this", "Así te avisaremos"],
	notAllowed: [
		"This browser shows no notifications of this page. Allow them in the settings of the browser.",
		"El navegador no muestra avisos de esta página. Permítelos en los ajustes del navegador.",
	],
});

const LEAST_MS = 5000; // of a rest whose end is told: a shorter one is waited for
const PLACE = "dcc.again"; // in the browser's store
const TONES = [660, 880]; // Hz
const TONE_SECONDS = 0.14;
const LOUDNESS = 0.2; // of 1: a hint, not an alarm

/** Browsers give no notifications to a page without encryption, and telephones of Apple only to installed pages. */
const hasNotifications = isSecureContext && "Notification" in globalThis;

export class Again {
	#name = document.title;
	#restsSince = 0;
	#untold = false;
	#refused = create("p", { id: "refused" });
	/** @type {AudioContext | null} */
	#audio = null;
	/** @type {Record<string, boolean>} */
	#wants = {};

	constructor() {
		try {
			this.#wants = JSON.parse(localStorage.getItem(PLACE) ?? "{}");
		} catch {} // browsers that keep nothing
		const box = create("fieldset", { id: "again" });
		box.append(create("legend", { textContent: text("whenAgain") }), this.#switch("sound"));
		if (hasNotifications) box.append(this.#switch("notify"));
		this.#refused.setAttribute("role", "alert");
		box.append(this.#refused);
		byId("nameless").before(box);
		// No page makes a sound before it was touched.
		if (this.#wants.sound) document.addEventListener("pointerup", () => this.#tune(), { once: true });
	}

	/** @param {"sound" | "notify"} what */
	#switch(what) {
		const label = create("label", { className: "check", textContent: text(what) });
		const input = create("input", { type: "checkbox", id: what, checked: Boolean(this.#wants[what]) });
		input.onchange = async () => {
			if (what === "notify" && input.checked) input.checked = await this.#mayNotify();
			if (what === "sound" && input.checked) this.#play();
			this.#wants = { ...this.#wants, [what]: input.checked };
			try {
				localStorage.setItem(PLACE, JSON.stringify(this.#wants));
			} catch {}
		};
		label.prepend(input);
		return label;
	}

	/** Asks for the leave to notify, and shows what a notification is like. */
	async #mayNotify() {
		const isAllowed = (await Notification.requestPermission()) === "granted" && this.#notify(text("willTell"));
		this.#refused.textContent = isAllowed ? "" : text("notAllowed");
		return isAllowed;
	}

	/**
	 * @param {string} words
	 * @returns {boolean} whether they are shown: telephones with Android show none of a page
	 */
	#notify(words) {
		try {
			const notification = new Notification(words, { body: this.#name, icon: "icon.svg", tag: "dcc" });
			notification.onclick = () => {
				focus();
				notification.close();
			};
			return true;
		} catch {
			return false;
		}
	}

	#tune() {
		this.#audio ??= new AudioContext();
		this.#audio.resume();
		return this.#audio;
	}

	#play() {
		const audio = this.#tune();
		for (const [place, frequency] of TONES.entries()) {
			const [tone, volume] = [new OscillatorNode(audio, { frequency }), new GainNode(audio, { gain: LOUDNESS })];
			const start = audio.currentTime + place * TONE_SECONDS;
			volume.gain.setTargetAtTime(0, start + TONE_SECONDS / 2, TONE_SECONDS / 5);
			tone.connect(volume).connect(audio.destination);
			tone.start(start);
			tone.stop(start + 2 * TONE_SECONDS);
		}
	}

	/**
	 * Looks whether a rest is over.
	 * @param {Painting} painting
	 * @param {boolean} isOnline
	 */
	tick(painting, isOnline) {
		const now = performance.now();
		const isLookedAt = document.visibilityState === "visible" && document.hasFocus();
		if (painting.rests) {
			this.#restsSince ||= now;
			this.#untold = false;
		} else if (this.#restsSince) {
			if (isOnline && now - this.#restsSince >= LEAST_MS) this.#tell(isLookedAt);
			this.#restsSince = 0;
		}
		if (isLookedAt) this.#untold = false;
		const words = painting.rests ? left(painting.waitUntil).time : this.#untold ? `● ${text("again")}` : "";
		const title = words ? `${words} · ${this.#name}` : this.#name;
		if (document.title !== title) document.title = title;
	}

	/** @param {boolean} isLookedAt */
	#tell(isLookedAt) {
		this.#untold = !isLookedAt;
		if (this.#wants.sound) this.#play();
		if (this.#wants.notify && this.#untold) this.#notify(text("again"));
	}
}
