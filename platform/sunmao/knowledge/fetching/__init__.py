"""Pages from the network, fetched so that nobody can make this machine ask its own neighbours.

`policy` says which address may be asked, `transport` connects to exactly the address that was judged, and
`page` has the verb, with and without regard to what is known already.
"""

from sunmao.knowledge.fetching.page import Fetched, Unfetchable, fetch, fetch_changed

__all__ = ["Fetched", "Unfetchable", "fetch", "fetch_changed"]
