"""What the pupils of the pictured lesson paint in their areas of 12 x 16 cells, in the colours of the activity."""

from __future__ import annotations

from dcc.core.palette import AF06

COLOURS = {"k": "black", "r": "red", "g": "green", "y": "yellow", "b": "blue", "c": "cyan", "m": "magenta"}

LEFT, TOP = 1, 4
"""Where a drawing begins in its area: below the name."""

DRAWINGS = {
    "Ada": """
        ....rr....
        ...rrrr...
        ..rrrrrr..
        .rrrrrrrr.
        rrrrrrrrrr
        .yyyyyyyy.
        .yccyyyyy.
        .yccykkyy.
        .yyyykkyy.
        .yyyykkyy.
        gggggggggg
    """,
    "Bruno": """
        .rrr..rrr.
        rrrrrrrrrr
        rrrrrrrrrr
        rrrrrrrrrr
        rrrrrrrrrr
        .rrrrrrrr.
        ..rrrrrr..
        ...rrrr...
        ....rr....
    """,
    "Clara": """
        ..mm..mm..
        .mmmmmmmm.
        .mmyyyymm.
        ..myyyym..
        .mmyyyymm.
        .mmmmmmmm.
        ..mmggmm..
        ....gg....
        .gg.gg.gg.
        ..gggggg..
        ....gg....
    """,
    "Darío": """
        ....k.....
        ....kk....
        ....kcc...
        ....kccc..
        ....kcccc.
        ....k.....
        rrrrrrrrrr
        .rrrrrrrr.
        ..rrrrrr..
        bbbbbbbbbb
        bbbbbbbbbb
    """,
    "Elena": """
        k........k
        kk......kk
        kkkkkkkkkk
        kkkkkkkkkk
        kggkkkkggk
        kggkkkkggk
        kkkkmmkkkk
        .kkkkkkkk.
        ..kkkkkk..
    """,
    "Farid": """
        ....rr....
        ...rrrr...
        ...kkkk...
        ...kcck...
        ...kcck...
        ...kkkk...
        ..rkkkkr..
        .rrkkkkrr.
        .rr.yy.rr.
        ....yy....
        ....y.....
    """,
    "Greta": """
        ...gggg...
        ..gggggg..
        .ggrgggrg.
        .gggggggg.
        .grgggrgg.
        ..gggggg..
        ...gkkg...
        ....kk....
        ....kk....
        ...kkkk...
    """,
    "Hugo": """
        ...yyyy...
        ..yyyyyy..
        .yykyykyy.
        .yykyykyy.
        .yyyyyyyy.
        .ykyyyyky.
        .yykkkkyy.
        ..yyyyyy..
        ...yyyy...
    """,
    "Inés": """
        ..........
        ..bbbb...b
        .bbbbbb.bb
        bbkbbbbbbb
        bbbbbbbbbb
        .bbbbbb.bb
        ..bbbb...b
    """,
    "Jan": """
        .mm....mm.
        mmmm..mmmm
        mcmmkkmmcm
        mmmmkkmmmm
        .mmmkkmmm.
        ..mmkkmm..
        .mcmkkmcm.
        .mmm..mmm.
    """,
    "Katja": """
        ..rrrrrr..
        .rr..rrrr.
        rrr..rr.rr
        rrrrrrrrrr
        r..rrrr..r
        rrrrrrrrrr
        ..yyyyyy..
        ...yyyy...
        ...yyyy...
        ..yyyyyy..
    """,
    "Luis": "",
}
"""By the name of the pupil."""


def painted(name: str) -> dict[int, list[tuple[int, int]]]:
    """Return the cells of a drawing, column and row from its area's corner, by the number of the colour."""
    cells: dict[int, list[tuple[int, int]]] = {}
    for row, letters in enumerate(DRAWINGS[name].split()):
        for column, letter in enumerate(letters):
            if letter != ".":
                cells.setdefault(AF06.index[COLOURS[letter]], []).append((LEFT + column, TOP + row))
    return cells


SCRIBBLE = [(column, 17 + abs(column % 16 - 8) + thick) for column in range(2, 46) for thick in range(3)]
"""What the scribbler paints over the work of others, column and row."""

SCRIBBLER = "Luis"

REPAIR = [(column, row) for column, row in SCRIBBLE if 26 <= column < 34 and row >= 20]
"""What somebody has painted over the scribble."""
