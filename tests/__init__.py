"""The tests: ``pytest``, or ``trial tests``."""

import os
from tempfile import TemporaryDirectory

os.environ["DCC_LANG"] = "en"  # in every locale, for the commands that tests run; a test of languages changes it

_settings = TemporaryDirectory(prefix="dcc-settings-")
os.environ["XDG_CONFIG_HOME"] = _settings.name  # the keys and servers of whoever runs the tests are not touched
