"""The environment of every test, the verticals' too. Loaded by `-p tests.plugin`, before the settings.

The tests have a home of their own, with a real PostgreSQL and, where asked for, a real Redis, so that a
running installation is never touched.
"""

from __future__ import annotations

import base64
import gc
import os
import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import psutil
import pytest

PREFIX = "sunmao-test-"


def _remove_what_dead_runs_left() -> None:
    """A folder is called after the process that made it; whatever was started for it dies with that."""
    for left in Path("/tmp").glob(f"{PREFIX}*-*"):  # noqa: S108 - the folders that mkdtemp made
        maker = left.name.removeprefix(PREFIX).partition("-")[0]
        if maker.isdigit() and not psutil.pid_exists(int(maker)):
            shutil.rmtree(left, ignore_errors=True)


def _keep_what_is_compiled() -> None:
    """Tests start the product's own commands some two hundred times, and each would compile all of it again
    where the machine says that nothing compiled is to be kept."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


# Imports and collection make a million objects that stay: until then there is nothing to look for.
gc.disable()
_keep_what_is_compiled()
_remove_what_dead_runs_left()
HOME = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir="/tmp"))
HOME.chmod(0o755)  # the database server may run as another user
for name in (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "SUNMAO_AUDIT_KEYS_FILE",
    "SUNMAO_ENCRYPTION_KEYS_FILE",
    "SUNMAO_DEBUG",
    "SUNMAO_ENGINE",
    "SUNMAO_MODEL",
):
    os.environ.pop(name, None)
os.environ["SUNMAO_HOME"] = str(HOME)
os.environ["SUNMAO_ENGLISH_ENCODER"] = "none"  # tests of the encoder switch it on themselves
os.environ["SUNMAO_SECRET_KEY"] = "a key for tests only"
os.environ["SUNMAO_ENCRYPTION_KEYS"] = "tests:" + base64.b64encode(bytes(range(32))).decode()
os.environ["SUNMAO_AUDIT_KEYS"] = "an audit key for tests only and long enough"
# Tests of the throttles switch them on themselves.
os.environ["SUNMAO_API_RATE_KEY"] = "0"
os.environ["SUNMAO_API_RATE_PERSON"] = "0"
os.environ["SUNMAO_API_RATE_ADDRESS"] = "0"
os.environ["LANG"] = "en_US.UTF-8"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """The fixtures import models, so that they wait until Django is set up."""
    import_module("tests.fixtures.sessions").carry_the_secret()
    import_module("tests.fixtures.passwords").hash_quickly()
    config.pluginmanager.register(import_module("tests.fixtures"), "sunmao-fixtures")
    config.pluginmanager.register(import_module("tests.sharing"), "sunmao-sharing")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """What stands now stays to the end, so that the collector need not walk over it again and again."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
