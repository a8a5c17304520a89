"""Encryption at rest: where the keys are, and whether files are encrypted."""

from __future__ import annotations

import os
from pathlib import Path

from apps.config.supervisor import paths
from sunmao.core import env

# A file is not read here: processes that encrypt nothing need no keys, and others read it when it changes.
_FILE = os.environ.get("SUNMAO_ENCRYPTION_KEYS_FILE", "")
SUNMAO_ENCRYPTION_KEYS = "" if _FILE else env.secret("SUNMAO_ENCRYPTION_KEYS")
SUNMAO_ENCRYPTION_KEYS_FILE = Path(_FILE) if _FILE else paths.encryption_keys_file()
SUNMAO_ENCRYPT_FILES = env.boolean("SUNMAO_ENCRYPT_FILES", True)
