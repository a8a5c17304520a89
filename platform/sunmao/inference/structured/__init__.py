"""Answers that are data: a schema, decoding that keeps to it, validation, and a bounded repair.

`structured` asks any engine; `constraint.processor_for` makes a local model keep to a schema, token by token.
"""

from sunmao.inference.structured.asking import checked, structured
from sunmao.inference.structured.errors import OutputInvalid, OutputTruncated, SchemaRefused
from sunmao.inference.structured.schema import schema_of
from sunmao.inference.structured.validation import problems

__all__ = [
    "OutputInvalid",
    "OutputTruncated",
    "SchemaRefused",
    "checked",
    "problems",
    "schema_of",
    "structured",
]
