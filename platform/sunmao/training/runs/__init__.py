"""Trainings: what was asked for, what came of it, and the process that learns."""
