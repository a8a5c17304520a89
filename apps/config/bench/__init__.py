"""`manage.py bench`: ratios between our way and another, measured side by side on a stack of its own.

An absolute number never decides anything, because it mostly describes the machine. See docs/guides/bench.md.
"""
