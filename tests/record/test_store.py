"""The names of stores."""

from __future__ import annotations

from dcc.errors import RecordError
from dcc.record.store import DEFAULT_STORE, Store, parse_store
from tests.support.wire import TableTestCase, each


class StoreTests(TableTestCase):
    """What ``--store`` takes, in the server and in every command."""

    @each(
        {
            "a file": ("sqlite:a b.sqlite3", "a b.sqlite3"),
            "a path alone": ("a b.sqlite3", "a b.sqlite3"),
            "an absolute path": ("/srv/dcc.sqlite3", "/srv/dcc.sqlite3"),
            "a time in the name": ("backup-2026-03-14T15:09.sqlite3", "backup-2026-03-14T15:09.sqlite3"),
            "a colon after the kind": ("sqlite:film:one", "film:one"),
            "a colon in a relative path": ("./film:one", "./film:one"),
            "a drive": (r"C:\dcc.sqlite3", r"C:\dcc.sqlite3"),
            "a folder of that name": ("./memory", "./memory"),
            "the default": (DEFAULT_STORE, "dcc.sqlite3"),
            "memory": ("memory:", None),
        }
    )
    def test_a_store_is_a_file_or_memory(self, row: tuple[str, str | None]) -> None:
        text, path = row
        self.assertEqual(parse_store(text), Store(path))

    def test_any_other_name_is_refused_with_the_names_that_exist(self) -> None:
        for text in ("", "memory", "sqlite", "memory:x", "sqlite:", "redis://host", "tape:"):
            error = self.assertRaises(RecordError, parse_store, text)
            self.assertIn("expected sqlite:PATH, such as sqlite:dcc.sqlite3, or memory:", str(error))
