"""Damaged records for every reader: each must say so in one line, or answer; ``dcc verify`` must notice every change.

    python -m tests.long.fuzz_records [--inputs N] [--seed N]

A sound record is damaged at random: bits and bytes of the file, cut ends, and values of any type in any column
(:mod:`tests.support.damage`). Every reader reads the copy. A reader may answer, or print one line and end with status
1; no other exception may leave a command. If a value of the record differs from before, ``dcc verify`` must notice.

The first failure ends the run, and its record is kept.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from random import Random, randrange

from tests.support.damage import TABLES, NoUtf8, assert_one_line, contents, make_record, put, read_all

PROGRESS_EVERY = 500


def spoil(path: Path, random: Random) -> str:
    """Damage a record.

    :return: what was done.
    """
    content = bytearray(path.read_bytes())
    match random.randrange(6):
        case 0:
            where = random.randrange(len(content))
            content[where] ^= 1 << random.randrange(8)
            done = f"a bit of byte {where}"
        case 1:
            where, length = random.randrange(len(content)), random.randrange(1, 40)
            content[where : where + length] = random.randbytes(len(content[where : where + length]))
            done = f"{length} bytes from {where}"
        case 2:
            where = random.randrange(1, len(content))
            del content[where:]
            done = f"the end from {where}"
        case _:
            table = random.choice(list(TABLES))
            column = random.choice(TABLES[table])
            row, value = random.randrange(-9, 9), any_value(random)
            try:
                put(path, table, column, row, value)
            except IndexError:
                put(path, table, column, 0, value)
            return f"{table}.{column} of row {row}: {str(value)[:40]!r}"
    path.write_bytes(content)
    return done


def any_value(random: Random) -> object:
    """Return a value of any type that SQLite knows."""
    sizes = (0, 1, 5, 8, 16, 25, 26, 1500)
    text = "".join(random.choices("aZ09 ñ漢\x00\x1b\n\u202e{}[]\"'", k=random.randrange(12)))
    return random.choice(
        (
            None,
            random.randrange(-3, 300),
            random.randrange(-(2**63), 2**63),
            1_700_000_000_000 + random.randrange(10**9),
            random.choice((0.0, 1.5, -1e300, float("inf"), float("nan"))),
            text,
            NoUtf8(random.randbytes(random.randrange(1, 9))),
            random.randbytes(random.choice(sizes)),
            bytes(random.choice(sizes)),
        )
    )


def try_one(sound: Path, path: Path, before: object, seed: int) -> bool:
    """Damage a copy of a record, and let everybody read the copy.

    :return: whether ``dcc verify`` found the copy sound.
    :raises Exception: a reader failed.
    """
    for each in path.parent.glob("*"):
        each.unlink()
    path.write_bytes(sound.read_bytes())
    done = spoil(path, Random(seed))
    try:
        after = contents(path)
        answers = dict(read_all(path))
        for name, answer in answers.items():
            if answer.status:
                assert_one_line(name, answer)
        assert answers["verify"].status or after == before, "dcc verify notices nothing"
    except BaseException as error:
        error.args = (f"seed {seed}, {done}: {error}",)
        raise
    return not answers["verify"].status


def main() -> None:
    """Run from a command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=randrange(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    began, unnoticed = time.monotonic(), 0
    folder = Path(tempfile.mkdtemp(prefix="dcc-records-"))
    sound = folder / "sound.sqlite3"
    (folder / "damaged").mkdir()
    path = folder / "damaged" / "record.sqlite3"
    make_record(sound)
    before = contents(sound)
    for number in range(options.inputs):
        try:
            unnoticed += try_one(sound, path, before, options.seed + number)
        except BaseException:
            print(f"see {path}", flush=True)
            raise
        if (number + 1) % PROGRESS_EVERY == 0:
            print(f"{number + 1} records, {unnoticed} of them damaged where nothing is kept", flush=True)
    print(f"{options.inputs} records in {time.monotonic() - began:.0f} s: every reader was right", flush=True)
    for each in (*folder.glob("damaged/*"), sound, *folder.glob("sound*")):
        each.unlink(missing_ok=True)
    os.rmdir(folder / "damaged")
    os.rmdir(folder)


if __name__ == "__main__":
    main()
