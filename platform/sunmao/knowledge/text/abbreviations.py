"""English abbreviations that a full stop does not end; in lower case, without the last stop."""

from __future__ import annotations

_WORDS = """
adm approx art arts assn ave capt cf ch co col corp cpl dept dist div dr ed eds e.g eq eqs esp est
etal ext fig figs gen gov hon i.e inc jr lt ltd maj max messrs min mr mrs ms mt no nos op para paras
pp prof pt ref refs rep rev sec sect sen sgt sr st supp tbl univ viz vol vols vs
"""

ABBREVIATIONS = frozenset(_WORDS.split())

__all__ = ["ABBREVIATIONS"]
