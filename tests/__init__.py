"""The tests: ``pytest``, or ``trial tests``."""

import os
from contextlib import suppress
from tempfile import TemporaryDirectory

os.environ["DCC_LANG"] = "en"  # in every locale, for the commands that tests run; a test of languages changes it

_settings = TemporaryDirectory(prefix="dcc-settings-")
os.environ["XDG_CONFIG_HOME"] = _settings.name  # the keys and servers of whoever runs the tests are not touched

with suppress(ImportError):  # a benchmark needs no Hypothesis
    from hypothesis import HealthCheck, settings

    # On a busy machine a right test takes long.
    settings.register_profile("dcc", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("dcc")
