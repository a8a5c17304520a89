from __future__ import annotations

from tests.fixtures.tool_engine import tool_engine
from tests.sunmao.answering.tooling.conftest import shop, shop_tools

__all__ = ["shop", "shop_tools", "tool_engine"]
