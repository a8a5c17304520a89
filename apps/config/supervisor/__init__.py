"""Starts, watches and stops everything that `make run` needs: database, broker, web server and workers."""
