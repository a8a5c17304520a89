"""English words that say nothing about a subject: function words, question words, polite openings."""

from __future__ import annotations

_WORDS = """
a about above after again against all also am an and any are aren't as at be because been before
being below between both but by can can't cannot could couldn't did didn't do does doesn't doing
don't down during each few for from further had hadn't has hasn't have haven't having he her here
hers herself him himself his how i i'd i'll i'm i've if in into is isn't it its it's itself just me
more most my myself no nor not of off on once only or other our ours ourselves out over own same
shall she should shouldn't so some such than that that's the their theirs them themselves then there
these they this those through to too under until up us very was wasn't we were weren't what what's
when where which while who whom whose why will with won't would wouldn't you your yours yourself
yourselves please tell explain describe know want thanks thank hello hi dear
"""

STOP_WORDS = frozenset(_WORDS.split())

__all__ = ["STOP_WORDS"]
