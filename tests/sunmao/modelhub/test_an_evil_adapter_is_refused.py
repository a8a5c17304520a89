"""More than fifty archives that were made on purpose: none is kept, none runs anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import SunmaoError
from sunmao.modelhub import adapters
from sunmao.modelhub.models import BaseModel
from tests.fixtures.cast import Cast
from tests.fixtures.state import files_of, state_of
from tests.sunmao.modelhub import evil

CASES = sorted(evil.archives(Path("/nowhere")))


def test_there_are_more_than_forty() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_and_nothing_of_it_is_kept_or_run(
    case: str, cast: Cast, base_model: BaseModel, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    code, archive = evil.archives(mark)[case]
    before, files = state_of(cast.hemu), files_of(cast.hemu)
    with pytest.raises(SunmaoError) as caught:
        adapters.import_archive(actor=cast.lin.actor, name="evil", base=base_model, chunks=[archive])
    assert (caught.value.code, caught.value.status) == (code, 422)
    assert not mark.exists()
    assert state_of(cast.hemu) == before
    assert files_of(cast.hemu) == files


def test_a_good_one_is_kept(cast: Cast, base_model: BaseModel) -> None:
    """As a zip in a folder, and as a tar: the tests above refuse what is wrong, not everything."""
    for number, archive in enumerate(
        (
            evil.zipped({f"mine/{evil.CONFIG}": evil.config(), f"mine/{evil.WEIGHTS}": evil.weights()}),
            evil.tarred({evil.CONFIG: evil.config(), evil.WEIGHTS: evil.weights()}),
        ),
        1,
    ):
        made = adapters.import_archive(actor=cast.lin.actor, name="good", base=base_model, chunks=[archive])
        with tenancy.scope(cast.hemu.pk):
            assert (made.name, made.rank, made.method, made.state) == (
                f"hemu.good.v{number}",
                8,
                "lora",
                "candidate",
            )
