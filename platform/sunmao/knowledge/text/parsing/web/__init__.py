"""What a web page needs beyond one file: what is seen of it, what of that matters, and how it reads."""
