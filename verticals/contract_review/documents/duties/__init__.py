"""What is to be done under a contract, by whom and by when.

`timing` reads points in time, `events` knows which of them the contract itself dates, `finding` joins both
with who has to do what.
"""
