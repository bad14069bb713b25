"""Each refusal that a page can provoke is told in the page's language, whatever language the server speaks."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import TimeoutException
from test_shared import exported

from tests.support.browser import Browser, Tab, clean
from tests.support.chromium import Chromium
from tests.support.server_process import WebServer

WATCH = """
    const Real = WebSocket;
    window.sockets = [];
    window.WebSocket = class extends Real {
        constructor(...url) {
            super(...url);
            sockets.push(this);
        }
    };
    window.said = [];
    for (const id of ["notice", "lost"]) {
        const element = document.getElementById(id);
        const note = () => said.push(element.textContent);
        new MutationObserver(note).observe(element, { childList: true, characterData: true, subtree: true });
    }
    dispatchEvent(new PageTransitionEvent("pagehide"));
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
"""
"""Keeps the sockets of the page, for other messages than the page would send, and all texts of the page; the page
connects anew as if somebody had left the page and come back."""

LANGUAGES = ("en", "es")

PAINT = """
    const paint = (count, cell, colour) => {
        const data = new DataView(new ArrayBuffer(5 + 5 * count));
        data.setUint8(0, 3);
        data.setUint32(1, 4e9, true);
        for (let n = 0; n < count; n++) {
            data.setUint32(5 + 5 * n, cell, true);
            data.setUint8(9 + 5 * n, colour);
        }
        return data;
    };
"""
"""Makes a request unknown to the page."""

REJECTED = {"en": "Not painted: {}.", "es": "No se pintó: {}."}

PAINTS = {
    "celda-fuera": ("paint(1, 1200, 1)", {"celda": 1200, "ancho": 40, "alto": 30}),
    "color-fuera": ("paint(1, 0, 8)", {"color": 8, "colores": 8}),
    "demasiado-rapido": ("...Array.from({length: 14}, () => paint(8192, 0, 1))", {"pixeles": 10000}),
}
"""By code: the messages to send, and the values of the reason."""

ENDS = {
    "no-json": ("'{'", {"caracter": 1}),
    "valor-no-json": ("'{\"comando\": NaN}'", {"valor": "NaN"}),
    "json-profundo": ("'{\"a\": ' + '['.repeat(60000)", {}),
    "falta-clave": ("'{}'", {"clave": "comando"}),
    "no-texto": ("'{\"comando\": 5}'", {"clave": "comando", "valor": "'5'"}),
    "no-entero": ('\'{"comando": "historia", "solicitud": "a"}\'', {"clave": "solicitud", "valor": "'a'"}),
    "comando-desconocido": ('\'{"comando": "salta"}\'', {"comando": "'salta'"}),
    "version-desconocida": ('\'{"comando": "nuevo", "version": 0}\'', {"version": 0}),
    "nombre-largo": ('JSON.stringify({comando: "nuevo", version: 2, nombre: "x".repeat(33)})', {"caracteres": 32}),
    "solicitud-fuera": ('\'{"comando": "historia", "solicitud": -1}\'', {"solicitud": -1}),
    "version-2": ('\'{"comando": "nuevo"}\'', {}),
    "mensaje-vacio": ("''", {}),
    "tipo-de-mensaje": ("'x'", {}),
    "opcode-desconocido": ("new Uint8Array([9])", {"opcode": 9}),
    "pintura-mal-medida": ("new Uint8Array([3, 0])", {"bytes": 2, "pixeles": 8192}),
    "ni-json-ni-opcode": ("new Uint8Array([64])", {"byte": 64}),
}
"""The same for messages that end the connection."""


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    """The texts of the page for each code, in English and in Spanish."""
    found = exported("reasons_later.js")["REASONS"]
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module", params=LANGUAGES)
def languages(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The language of the page, and the other language for the server."""
    page = str(request.param)
    return page, LANGUAGES[page == "en"]


@pytest.fixture(scope="module")
def server(languages: tuple[str, str]) -> Iterator[WebServer]:
    """A server for many refusals."""
    with WebServer("--canvas", "40x30", "--store", "memory:", language=languages[1]) as server:
        yield server


@pytest.fixture(params=["chromium", "webkit"])
def browser(request: pytest.FixtureRequest, languages: tuple[str, str]) -> Iterator[Browser]:
    """Each browser in the language of the page; Chromium is told the language with each page."""
    name = request.param if request.param == "chromium" else f"webkit_{languages[0]}"
    yield from clean(request.getfixturevalue(f"started_{name}"))


def watched(browser: Browser, server: WebServer, language: str) -> Tab:
    """Open a page with :data:`WATCH`."""
    tab = browser.open(server.url, language=language) if isinstance(browser, Chromium) else browser.open(server.url)
    assert tab.script("return document.documentElement.lang") == language
    tab.script(WATCH)
    tab.until(lambda: tab.script("return sockets.length > 0"))
    tab.until_online()
    return tab


def until_said(tab: Tab, words: str) -> None:
    """Wait for a text of the page with this end."""
    said: list[str] = []

    def look() -> bool:
        said[:] = tab.script("return said")
        return any(line.strip().endswith(words) for line in said)

    try:
        tab.until(look)
    except TimeoutException:
        pytest.fail(f"expected {words!r} in {said}")


def sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def test_a_rejected_paint_is_told_in_the_language_of_the_page(
    browser: Browser, server: WebServer, languages: tuple[str, str], texts: dict[str, list[str]]
) -> None:
    page, _other = languages
    tab = watched(browser, server, page)
    for code, (payloads, values) in PAINTS.items():
        tab.script(f"{PAINT} for (const data of [{payloads}]) sockets.at(-1).send(data)")
        until_said(tab, REJECTED[page].format(texts[code][LANGUAGES.index(page)].format(**values)))


def test_the_end_of_a_connection_is_told_in_the_language_of_the_page(
    chromium: Chromium, server: WebServer, languages: tuple[str, str], texts: dict[str, list[str]]
) -> None:
    page, _other = languages
    tab = watched(chromium, server, page)
    for code, (payload, values) in ENDS.items():
        tab.script(f"said.length = 0; sockets.at(-1).send({payload})")
        until_said(tab, sentence(texts[code][LANGUAGES.index(page)].format(**values)))
        tab.until_online()


def test_a_question_without_an_answer_is_told_in_the_language_of_the_page(
    browser: Browser, server: WebServer, languages: tuple[str, str], texts: dict[str, list[str]]
) -> None:
    page, _other = languages
    tab = watched(browser, server, page)
    tab.press("history")
    until_said(tab, sentence(texts["sin-historia"][LANGUAGES.index(page)]))


def test_a_pause_is_told_in_the_language_of_the_page(
    chromium: Chromium, languages: tuple[str, str], texts: dict[str, list[str]]
) -> None:
    page, other = languages
    with WebServer("--canvas", "40x30", "--cooldown", "300", language=other) as server:
        tab = watched(chromium, server, page)
        tab.script(f"{PAINT} sockets.at(-1).send(paint(1, 0, 1))")  # takes the charge that everybody begins with
        for code, count in (("pausa", 1), ("una-celda", 2)):
            tab.script(f"{PAINT} sockets.at(-1).send(paint({count}, 0, 1))")
            words = texts[code][LANGUAGES.index(page)].format(segundos=300)
            until_said(tab, REJECTED[page].format(words))


def test_a_full_server_is_told_in_the_language_of_the_page(
    chromium: Chromium, languages: tuple[str, str], texts: dict[str, list[str]]
) -> None:
    page, other = languages
    with WebServer("--canvas", "40x30", "--max-clients", "1", language=other) as server:
        chromium.open(server.url)
        second = chromium.open(server.url, language=page, online=False)
        words = sentence(texts["lleno"][LANGUAGES.index(page)].format(clientes=1))
        second.until(lambda: words in second.text("banner"))


def test_a_record_that_takes_nothing_is_told_in_the_language_of_the_page(
    chromium: Chromium, languages: tuple[str, str], texts: dict[str, list[str]], tmp_path: Path
) -> None:
    page, other = languages
    with WebServer("--store", f"sqlite:{tmp_path}/board.sqlite3", "--canvas", "20x20", language=other) as server:
        tab = watched(chromium, server, page)
        hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, hard))  # as if the disk were full
        tab.click(5, 5)
        until_said(tab, REJECTED[page].format(texts["registro-en-duda"][LANGUAGES.index(page)]))
