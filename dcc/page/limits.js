// Limits that the page shares with the programs in Python. tests/page/test_shared.py compares each with dcc/limits.py,
// where the reasons stand.

export const CANVAS_SIDE_CELLS = 4096;
export const PALETTE_COLOURS = 256;
export const REQUEST_PIXELS = 8192;
export const STROKES_KEPT = 100;
export const RECONNECT_FIRST_SECONDS = 0.5;
export const RECONNECT_LONGEST_SECONDS = 10;
export const NAME_CHARACTERS = 32;
export const ANNOUNCEMENT_CHARACTERS = 200;
