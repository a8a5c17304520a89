"""What the audit log costs, and what it finds."""
