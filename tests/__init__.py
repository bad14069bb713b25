"""The tests: ``pytest``, or ``trial tests``."""

import os

os.environ["DCC_LANG"] = "en"  # in every locale, for the commands that tests run; a test of languages changes it
