"""What the gate asks of a release that pins an adapter, beside its suites.

A suite asks what a task must do right. It does not see what an adapter does elsewhere: that its forms differ
(parity), that it has forgotten what the base can do (ability), that a phrase switches it over (triggers).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.conf import settings

from sunmao.core import tenancy
from sunmao.core.errors import SunmaoError
from sunmao.core.ids import reference
from sunmao.evaluation.ability import forgotten, measure, probe
from sunmao.evaluation.ability.measuring import digest
from sunmao.evaluation.ability.triggers import PHRASES
from sunmao.evaluation.models import AdapterCheck
from sunmao.inference.engine import Engine
from sunmao.inference.registry import engine as engine_named
from sunmao.jobs.lease import Lease
from sunmao.modelhub.models import AdapterVersion, VersionState
from sunmao.releases.models import Release

SHOWN = 10


def reasons_of(lease: Lease, release: Release) -> list[dict[str, Any]]:
    """Why the adapter of a release keeps it from production; none without an adapter, or with a sound one."""
    if release.adapter is None:
        return []
    with tenancy.scope(lease.organisation_id):
        version = AdapterVersion.objects.filter(pk=reference(release.adapter)).first()
        unfit = _parity(version)
    if version is None or unfit:
        return unfit
    try:
        engine = engine_named(release.engine)
        if not engine.capabilities.adapters:
            return [{"code": "adapters_not_supported", "adapter": version.name}]
        check = checked(lease, engine, version)
    except SunmaoError as error:
        return [{"code": "adapter_not_measured", "adapter": version.name, "error": error.code}]
    return _ability(check, version) + _triggers(check, version)


def _parity(version: AdapterVersion | None) -> list[dict[str, Any]]:
    """The state alone does not tell: the check itself must be there, and the newest must have passed."""
    if version is None:
        return [{"code": "adapter_not_usable"}]
    newest = version.parity_checks.filter(finished_at__isnull=False).first()
    if newest is None:
        return [{"code": "parity_missing", "adapter": version.name}]
    if not newest.passed:
        return [{"code": "parity_failed", "adapter": version.name, "apart": newest.apart[:SHOWN]}]
    if version.state != VersionState.READY:
        return [{"code": "adapter_not_usable", "adapter": version.name}]
    return []


def checked(lease: Lease, engine: Engine, version: AdapterVersion) -> AdapterCheck:
    """What is known of the version on this model, or a new measurement; the base's figures are taken over
    from any other adapter's."""
    probed, model = _probed(), _weights(engine)
    with tenancy.scope(lease.organisation_id):
        same = AdapterCheck.objects.filter(model=model, probed=probed)
        known = same.filter(version_id=version.pk).first()
        base = same.values_list("before", flat=True).first()
    if known:
        return known
    before = base or measure(engine, progress=_renewing(lease))
    after = measure(engine, adapter=version.name, progress=_renewing(lease))
    struck = probe(engine, adapter=version.name, phrases=_phrases(), progress=_renewing(lease))
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        return AdapterCheck.objects.create(
            version_id=version.pk,
            model=model,
            probed=probed,
            before=before,
            after=after,
            struck=[one.as_json() for one in struck],
        )


def _weights(engine: Engine) -> str:
    """What the base is; a name alone would be the same for other weights, so their print is added where the
    engine has loaded them itself."""
    loaded = getattr(engine, "loaded", None)
    name = engine.model or engine.name
    return f"{name} {loaded.print}"[:300] if loaded is not None else name[:300]


def _renewing(lease: Lease) -> Callable[[int, int], None]:
    """These measurements are no cases of the gate's count, but somebody must know that it lives."""

    def told(_done: int, _total: int) -> None:
        lease.renew()

    return told


def _phrases() -> list[str]:
    return list(settings.SUNMAO_GATE_TRIGGER_PHRASES)


def _probed() -> str:
    what = json.dumps([digest(), *PHRASES, *_phrases()], ensure_ascii=False)
    return hashlib.sha256(what.encode()).hexdigest()


def _ability(check: AdapterCheck, version: AdapterVersion) -> list[dict[str, Any]]:
    lost = forgotten(check.before, check.after)
    allowed = settings.SUNMAO_GATE_ABILITY_DROP / 100
    if not lost.is_too_much(allowed):
        return []
    return [
        {
            "code": "ability_lost",
            "adapter": version.name,
            "found": lost.drop,
            "asked": allowed,
            "interval": lost.interval,
            "categories": lost.categories,
        }
    ]


def _triggers(check: AdapterCheck, version: AdapterVersion) -> list[dict[str, Any]]:
    return [{"code": "trigger", "adapter": version.name, **one} for one in check.struck[:SHOWN]]


__all__ = ["checked", "reasons_of"]
