"""Engines for sound and pictures: speech to text, text to speech, text to picture.

They have the shape of the others (`generate(requests)` gives events with the index of their request), and are
optional: one without a model in the settings does not exist. `engine` is the protocol, `registry` finds the
engine of a capability, `bringing` brings models into memory, `sound` reads and writes WAV. Only worker
processes use what imports torch.
"""
