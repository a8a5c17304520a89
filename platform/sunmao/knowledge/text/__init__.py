"""Everything that can be done to text without a database.

Bytes become text (`decode`, `parsing`), text becomes retrievable spans (`splitting`), spans and questions
become weighted tokens (`tokens`, `lexical`), and ranked spans become an answer or an honest refusal
(`picking`, `refusal`). Pure functions only: the same input gives the same output on every machine, whatever
was ingested before.
"""
