"""Pages from the network, fetched so that nobody can make this machine ask its own neighbours.

`policy` says which address may be asked, `transport` connects to exactly the address that was judged, and
`page` has the one verb.
"""

from sunmao.knowledge.fetching.page import Fetched, Unfetchable, fetch

__all__ = ["Fetched", "Unfetchable", "fetch"]
