"""The functions that the rule rows name, one file for each group."""
