"""What can go wrong while learning. Codes only: the words for people are given where they are read."""

from __future__ import annotations


class Problem(Exception):
    """Ends the training. `told` goes into the run, next to the last good checkpoint."""

    def __init__(self, code: str, **told: object) -> None:
        self.code, self.told = code, {name: str(value)[:500] for name, value in told.items()}
        super().__init__(code)


OUT_OF_MEMORY = ("not enough memory", "out of memory", "can't allocate memory", "cannot allocate memory")
NO_ROOM = {28, 122, 27}
"""errno: the disk, the quota, or the largest file that the process may write."""


def problem_of(error: BaseException) -> Problem | None:
    """The problem behind an error of a library; None for one that nobody foresaw."""
    if isinstance(error, Problem):
        return error
    text = str(error).lower()
    if (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError | OSError) and any(one in text for one in OUT_OF_MEMORY))
    ):
        return Problem("training_out_of_memory")
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return Problem("training_disk_full")
    if isinstance(error, OSError) and "file size limit" in text:
        return Problem("training_disk_full")
    # safetensors writes in Rust and tells of the disk in a text
    if type(error).__name__ == "SafetensorError" and any(
        one in text for one in ("no space", "file too large", "os error 28", "os error 27")
    ):
        return Problem("training_disk_full")
    return None


__all__ = ["Problem", "problem_of"]
