from __future__ import annotations

from sunmao.core.crypto.person_key import PersonKey
from sunmao.core.tenants import TenantModel

__all__ = ["PersonKey", "TenantModel"]
