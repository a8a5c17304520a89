"""Synthetic knowledge from a seed: bases that each hold some topics, vectors and texts of those topics."""
