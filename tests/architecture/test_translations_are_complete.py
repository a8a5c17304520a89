"""Every text of the product has a Chinese form, and the compiled catalogue is the written one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

CATALOGUE = Path(settings.BASE_DIR) / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
FOLDERS = ("apps", "platform", "verticals", "locale", "manage.py")
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%\(\w+\)\.\d+f|(?<!\{)\{\w+\}(?!\})")


def _texts(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_no_translation_is_empty_fuzzy_or_left_over() -> None:
    catalogue = polib.pofile(str(CATALOGUE))
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []


def test_placeholders_are_kept() -> None:
    wrong = [
        entry.msgid
        for entry in polib.pofile(str(CATALOGUE))
        for text in _texts(entry)
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    ]
    assert wrong == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    written = {(e.msgctxt, e.msgid): _texts(e) for e in polib.pofile(str(CATALOGUE))}
    compiled = {(e.msgctxt, e.msgid): _texts(e) for e in polib.mofile(str(CATALOGUE.with_suffix(".mo")))}
    assert compiled == written


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
def test_every_text_of_the_code_is_in_the_catalogue(tmp_path: Path) -> None:
    root = Path(settings.BASE_DIR)
    for name in FOLDERS:
        if (root / name).is_dir():
            shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / name, tmp_path / name)
    subprocess.run(
        [
            sys.executable,
            "manage.py",
            "makemessages",
            "-l",
            "zh_Hans",
            "--no-obsolete",
            "--no-location",
            "-v",
            "0",
        ],
        cwd=tmp_path,
        check=True,
        timeout=120,
    )
    found = polib.pofile(str(tmp_path / CATALOGUE.relative_to(root)))
    known = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(CATALOGUE))}
    assert sorted({(e.msgctxt or "", e.msgid) for e in found} - {(c or "", m) for c, m in known}) == []
