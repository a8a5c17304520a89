"""Subcommands of `manage.py train`, one to a file."""
