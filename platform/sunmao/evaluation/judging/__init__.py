"""Opinions on answers: people's, models', and how far the two agree."""
