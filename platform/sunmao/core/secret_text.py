"""What a secret looks like when it turns up inside a text, whoever wrote it there."""

from __future__ import annotations

import re

PATTERNS = (
    r"\bsm_[A-Za-z0-9_\-]{16,}",  # our own API keys
    r"\bsk-[A-Za-z0-9_\-]{16,}",
    r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*",  # JSON web tokens
    r"(?<=[Bb]earer )[^\s,;]{8,}",
    r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)",  # user:password@ in an address
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    r"otpauth://\S+",
)
HIDDEN = "[secret]"
_ANY = re.compile("|".join(f"(?:{pattern})" for pattern in PATTERNS), re.DOTALL)
# Most texts hold none of these, and looking for them is quicker than looking for all patterns.
_HINTS = ("sm_", "sk-", "eyJ", "earer ", "://", "PRIVATE KEY")


def without_secrets(text: str) -> str:
    return _ANY.sub(HIDDEN, text) if any(hint in text for hint in _HINTS) else text
