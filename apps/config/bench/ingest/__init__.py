"""Reading documents: how fast, what of it is ours, and what everybody else notices meanwhile."""
