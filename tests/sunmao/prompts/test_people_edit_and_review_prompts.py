"""Versions are made, restored, copied and approved; the product's news never overwrite what people wrote."""

from __future__ import annotations

import pytest

from sunmao.accounts import services as accounts
from sunmao.core import tenancy
from sunmao.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from sunmao.prompts import editing, reviewing, selectors
from sunmao.prompts.models import Comment, Draft, Prompt, PromptVersion, Review
from sunmao.prompts.services import publish_version
from tests.fixtures import Cast, state_of, verbs_of

SEED = "---\nname: answer\nlanguage: en\nvariables: [question]\n---\nAnswer: {{ question }}\n"
OWN = SEED.replace("Answer:", "Answer briefly:")
NEWER = SEED.replace("Answer:", "Answer with sources:")


def _seeded(cast: Cast, source: str = SEED) -> Prompt:
    version = publish_version(
        actor=accounts.system_actor(cast.hemu), slug="test.answer", language="en", source=source
    )
    return _read(cast, version.prompt)


def _read(cast: Cast, prompt: Prompt) -> Prompt:
    with tenancy.scope(cast.hemu.pk):
        return Prompt.objects.select_related("current", "seed").get(pk=prompt.pk)


def test_a_saved_version_is_the_current_one(cast: Cast) -> None:
    prompt = _seeded(cast)
    version = editing.save(actor=cast.lin.actor, prompt=prompt, source=OWN, note="shorter", parent=1)
    assert (version.number, version.parent, version.origin, version.note) == (2, 1, "edit", "shorter")
    assert version.author == cast.lin.actor.name
    assert _read(cast, prompt).current == version
    assert verbs_of(cast.hemu)[-1] == "prompt.saved"


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(cast: Cast) -> None:
    prompt = _seeded(cast)
    editing.save(actor=cast.lin.actor, prompt=prompt, source=OWN, parent=1)
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as caught:
        editing.save(actor=cast.lin.actor, prompt=prompt, source=NEWER, parent=1)
    assert caught.value.code == "prompt_moved_on"
    assert state_of(cast.hemu) == before


def test_an_upgrade_replaces_what_nobody_touched(cast: Cast) -> None:
    _seeded(cast)
    prompt = _seeded(cast, NEWER)
    assert (prompt.current.number, selectors.has_newer_seed(prompt)) == (2, False)  # type: ignore[union-attr]


def test_an_upgrade_leaves_what_people_wrote_and_says_that_a_newer_text_is_there(cast: Cast) -> None:
    prompt = _seeded(cast)
    own = editing.save(actor=cast.lin.actor, prompt=prompt, source=OWN)
    prompt = _seeded(cast, NEWER)
    assert (prompt.current, prompt.seed.number) == (own, 3)  # type: ignore[union-attr]
    assert selectors.has_newer_seed(prompt) is True

    editing.keep_own(actor=cast.lin.actor, prompt=prompt)
    prompt = _seeded(cast, NEWER)
    assert (prompt.current, selectors.has_newer_seed(prompt)) == (own, False)
    with pytest.raises(Conflict) as caught:
        editing.keep_own(actor=cast.lin.actor, prompt=prompt)
    assert caught.value.code == "no_newer_seed"


def test_a_newer_text_may_be_taken(cast: Cast) -> None:
    prompt = _seeded(cast)
    editing.save(actor=cast.lin.actor, prompt=prompt, source=OWN)
    prompt = _seeded(cast, NEWER)
    editing.restore(actor=cast.lin.actor, version=prompt.seed)  # type: ignore[arg-type]
    prompt = _read(cast, prompt)
    assert (prompt.current, selectors.has_newer_seed(prompt)) == (prompt.seed, False)


def test_an_earlier_version_is_restored_without_a_copy(cast: Cast) -> None:
    prompt = _seeded(cast)
    editing.save(actor=cast.lin.actor, prompt=prompt, source=OWN)
    with tenancy.scope(cast.hemu.pk):
        first = selectors.numbered(prompt, "1")
    editing.restore(actor=cast.lin.actor, version=first)
    assert _read(cast, prompt).current == first
    assert verbs_of(cast.hemu)[-1] == "prompt.restored"
    with tenancy.scope(cast.hemu.pk):
        assert prompt.versions.count() == 2
        with pytest.raises(NotFound):
            selectors.numbered(prompt, "7")
    before = state_of(cast.hemu)
    with pytest.raises(Conflict):
        editing.restore(actor=cast.lin.actor, version=first)
    assert state_of(cast.hemu) == before


def test_a_restored_seed_is_peoples_choice_and_stays(cast: Cast) -> None:
    prompt = _seeded(cast)
    _seeded(cast, NEWER)
    with tenancy.scope(cast.hemu.pk):
        first = selectors.numbered(prompt, 1)
    editing.restore(actor=cast.lin.actor, version=first)
    prompt = _seeded(cast, SEED.replace("Answer:", "Say:"))
    assert prompt.current == first
    assert selectors.has_newer_seed(prompt)


def test_with_four_eyes_nobody_approves_their_own(cast: Cast) -> None:
    prompt = _seeded(cast)
    editing.set_four_eyes(actor=cast.lin.actor, prompt=prompt, on=True)
    version = editing.save(actor=cast.lin.actor, prompt=prompt, source=OWN)
    assert _read(cast, prompt).current.number == 1  # type: ignore[union-attr]
    with tenancy.scope(cast.hemu.pk):
        review = Review.objects.get(version=version)
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as caught:
        reviewing.decide(actor=cast.lin.actor, review=review, approve=True)
    assert caught.value.code == "own_review"
    assert state_of(cast.hemu) == before

    other = accounts.system_actor(cast.hemu)
    done = reviewing.decide(actor=other, review=review, approve=True, reason="clear")
    assert (done.state, done.reason) == ("approved", "clear")
    assert _read(cast, prompt).current == version
    with pytest.raises(Conflict) as again:
        reviewing.decide(actor=other, review=review, approve=False)
    assert again.value.code == "review_decided"


def test_a_rejected_version_stays_in_the_history_and_serves_nobody(cast: Cast) -> None:
    prompt = _seeded(cast)
    version = editing.save(actor=cast.lin.actor, prompt=prompt, source=OWN, review=True)
    with tenancy.scope(cast.hemu.pk):
        review = Review.objects.get(version=version)
    reviewing.decide(actor=cast.lin.actor, review=review, approve=False, reason="too short")
    assert _read(cast, prompt).current.number == 1  # type: ignore[union-attr]
    assert verbs_of(cast.hemu)[-2:] == ["prompt.review_requested", "prompt.rejected"]


def test_a_prompt_is_copied_to_another_language_once(cast: Cast) -> None:
    prompt = _seeded(cast)
    version = editing.copy_to(actor=cast.lin.actor, prompt=prompt, language="zh")
    assert version.source == SEED.replace("language: en", "language: zh")
    assert (version.origin, version.prompt.language) == ("copy", "zh")
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as caught:
        editing.copy_to(actor=cast.lin.actor, prompt=prompt, language="zh")
    assert caught.value.code == "prompt_exists"
    assert state_of(cast.hemu) == before


def test_a_draft_is_its_writers_and_may_be_wrong(cast: Cast) -> None:
    prompt = _seeded(cast)
    editing.save_draft(actor=cast.lin.actor, prompt=prompt, source="{{ nonsense")
    with tenancy.scope(cast.hemu.pk):
        mine = selectors.own_draft(cast.lin.actor, prompt)
        assert mine is not None
        assert mine.source == "{{ nonsense"
        assert selectors.own_draft(cast.ann.actor, prompt) is None
    editing.save(actor=cast.lin.actor, prompt=prompt, source=OWN)
    with tenancy.scope(cast.hemu.pk):
        assert Draft.objects.count() == 0


def test_comments_stand_at_a_line(cast: Cast) -> None:
    prompt = _seeded(cast)
    assert prompt.current is not None
    made = reviewing.comment(actor=cast.lin.actor, version=prompt.current, text=" Be kinder ", line=6)
    beyond = reviewing.comment(actor=cast.lin.actor, version=prompt.current, text="?", line=60)
    assert (made.text, made.line, beyond.line) == ("Be kinder", 6, None)


@pytest.mark.parametrize("verb", ["save", "restore", "comment", "four_eyes", "draft"])
def test_whoever_may_only_read_changes_nothing(cast: Cast, verb: str) -> None:
    prompt = _seeded(cast)
    version = editing.save(actor=cast.lin.actor, prompt=prompt, source=OWN)
    before = state_of(cast.hemu)
    with tenancy.scope(cast.hemu.pk):
        first = selectors.numbered(prompt, 1)
    verbs = {
        "save": lambda: editing.save(actor=cast.ann.actor, prompt=prompt, source=NEWER),
        "restore": lambda: editing.restore(actor=cast.ann.actor, version=first),
        "comment": lambda: reviewing.comment(actor=cast.ann.actor, version=version, text="?"),
        "four_eyes": lambda: editing.set_four_eyes(actor=cast.ann.actor, prompt=prompt, on=True),
        "draft": lambda: editing.save_draft(actor=cast.ann.actor, prompt=prompt, source="x"),
    }
    with pytest.raises(Forbidden):
        verbs[verb]()
    assert state_of(cast.hemu) == before


def test_another_organisation_sees_nothing_of_it(cast: Cast) -> None:
    prompt = _seeded(cast)
    with tenancy.scope(cast.qinghe.pk):
        with pytest.raises(NotFound):
            selectors.resolve_prompt(actor=cast.omar.actor, reference=prompt.pk)
        assert list(PromptVersion.objects.filter(prompt_id=prompt.pk)) == []
        assert Comment.objects.count() == 0


def test_a_faulty_source_is_told_by_its_lines(cast: Cast) -> None:
    prompt = _seeded(cast)
    before = state_of(cast.hemu)
    faulty = "---\nlanguage: en\nvariables: [question, tone]\n---\nHello\n{{ qestion }} {{ question }}\n"
    with pytest.raises(InvalidInput) as caught:
        editing.save(actor=cast.lin.actor, prompt=prompt, source=faulty)
    assert sorted(caught.value.fields) == ["line 3", "line 6"]
    assert state_of(cast.hemu) == before
