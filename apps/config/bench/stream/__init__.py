"""What it costs to carry an answer from an engine to whoever listens, and how soon it ends."""
