"""Many people of many organisations ask many questions, and nobody reads what is not theirs."""
