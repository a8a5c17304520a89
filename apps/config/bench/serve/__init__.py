"""Serving one base with many adapters: what a mixed batch costs, and that it says the same."""
