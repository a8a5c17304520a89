"""The recognisers, one file per family. A pattern is data; `find` gives what a text holds of it."""
