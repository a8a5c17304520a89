"""Retrieval within one base among many, our way and the usual way, on the same rows."""
