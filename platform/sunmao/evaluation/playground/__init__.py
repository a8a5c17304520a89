"""Trying prompts: the same inputs through versions and engines side by side, and a prompt's cases."""
