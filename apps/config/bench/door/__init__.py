"""What the REST door costs on top of the work behind it."""
