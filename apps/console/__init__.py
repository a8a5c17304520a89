"""The admin console. Its policy of scripts is looser than the portals', so it stays behind its own prefix."""
