"""What an evaluation found, as a file to send on and as pictures."""
