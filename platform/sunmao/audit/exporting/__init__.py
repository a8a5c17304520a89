"""The log outside the database: JSON lines with their proof, CSV for spreadsheets, syslog for collectors."""
