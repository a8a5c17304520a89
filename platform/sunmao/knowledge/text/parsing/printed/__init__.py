"""What a printed page needs beyond one file: letters on it that nobody sees."""
