"""Searching for a better text of a prompt, on cases that say what is right."""
