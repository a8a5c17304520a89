"""Arithmetic as people write it, in exact decimals. Nothing is evaluated but numbers and these operations."""

from __future__ import annotations

import ast
import operator
import unicodedata
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException, localcontext

from sunmao.inference.tools.problems import ToolFault

LONGEST = 300
DIGITS = 50
HIGHEST_POWER = 1_000

_SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-", "–": "-", "^": "^"})
_TWO: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_FUNCTIONS: dict[str, Callable[..., Decimal]] = {
    "abs": abs,
    "max": max,
    "min": min,
    "round": lambda value, digits=Decimal(0): value.quantize(Decimal(1).scaleb(-int(digits))),
    "sqrt": lambda value: value.sqrt(),
    "sum": lambda *values: sum(values, Decimal(0)),
}


def evaluated(expression: str) -> Decimal:
    """Raises `ToolFault` for whatever is no arithmetic."""
    text = unicodedata.normalize("NFKC", expression).translate(_SIGNS).replace("^", "**").strip()
    if len(text) > LONGEST:
        raise ToolFault("schema_error", "The expression is too long.")
    try:
        tree = ast.parse(_percentages(text), mode="eval")
        with localcontext(Context(prec=DIGITS)):
            return _value(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError) as error:
        raise ToolFault("schema_error", "This is no arithmetic expression.") from error
    except DecimalException as error:
        raise ToolFault(
            "precondition_failed", "There is no such number, as when dividing by zero."
        ) from error


def _percentages(text: str) -> str:
    """`8%` is 0.08; between two operands the sign is the rest of a division."""
    parts, rest = text.split("%"), ""
    for left, right in zip(parts, parts[1:], strict=False):
        follows = right.lstrip()[:1]
        rest += left + ("%" if follows and (follows.isalnum() or follows in "(.") else "/100")
    return rest + parts[-1]


def _value(node: ast.expr) -> Decimal:
    match node:
        case ast.Constant(value=value) if isinstance(value, int | float) and not isinstance(value, bool):
            return Decimal(str(value))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner)
        case ast.UnaryOp(op=ast.UAdd(), operand=inner):
            return _value(inner)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _TWO:
            return _TWO[type(op)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*map(_value, args))
    raise ValueError(type(node).__name__)


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if abs(exponent) > HIGHEST_POWER:
        raise ToolFault("schema_error", "The power is too high.")
    return base**exponent


def written(value: Decimal) -> str:
    """Without an exponent and without needless zeros."""
    text = format(value, "f") if abs(value.adjusted()) <= DIGITS else str(value)
    return text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text


__all__ = ["evaluated", "written"]
