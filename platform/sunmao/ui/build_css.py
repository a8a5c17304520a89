"""Join the hand-written style sheets into the one file that pages load.

python -m sunmao.ui.build_css            write static/ui/css/sunmao.css
python -m sunmao.ui.build_css --check    say whether it is fresh (exit status 1 when stale)
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "css"
TARGET = HERE / "static" / "ui" / "css" / "sunmao.css"
ORDER = ("tokens.css", "base.css", "components.css", "layout.css", "pages.css", "print.css")

# Strings and addresses are kept to the letter; comments go; everything else may lose white space.
_PIECES = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\([^)]*\))|(/\*.*?\*/)""", re.DOTALL)


def minified(css: str) -> str:
    """Drop comments and needless white space. Spaces that may mean something (`calc`, selectors) stay."""
    kept: list[str] = []

    def shelve(match: re.Match[str]) -> str:
        if match.group(1) is None:
            return ""
        kept.append(match.group(1))
        return f"\x00{len(kept) - 1}\x00"

    text = _PIECES.sub(shelve, css)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,]) ?", r"\1", text)
    text = re.sub(r": ", ":", text)
    text = text.replace(";}", "}").strip()
    return re.sub(r"\x00(\d+)\x00", lambda match: kept[int(match.group(1))], text)


def sources_sha256() -> str:
    digest = hashlib.sha256()
    for name in ORDER:
        digest.update(name.encode() + b"\0" + (SOURCES / name).read_bytes() + b"\0")
    return digest.hexdigest()


def built() -> str:
    banner = (
        f"/*! Sunmao style sheet; built by `python -m sunmao.ui.build_css`; sources {sources_sha256()} */\n"
    )
    sheets = (minified((SOURCES / name).read_text(encoding="utf-8")) for name in ORDER)
    return banner + "\n".join(sheets) + "\n"


def is_fresh() -> bool:
    return TARGET.is_file() and TARGET.read_text(encoding="utf-8") == built()


def main(arguments: Sequence[str]) -> int:
    if "--check" in arguments:
        fresh = is_fresh()
        sys.stdout.write(f"{TARGET}: {'fresh' if fresh else 'stale, run python -m sunmao.ui.build_css'}\n")
        return 0 if fresh else 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(built(), encoding="utf-8")
    sys.stdout.write(f"{TARGET}: {TARGET.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
