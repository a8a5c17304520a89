"""Real text: forty Chinese laws and what lay people ask. Reported, without a goal."""
