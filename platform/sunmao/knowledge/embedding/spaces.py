"""Which vectors serve a question, which encoder reads a passage, and the verbs that change either."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Conflict, InvalidInput, NotFound
from sunmao.core.ids import reference as as_reference
from sunmao.jobs import services as jobs
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge import encoders
from sunmao.knowledge.embedding import tables
from sunmao.knowledge.embedding.models import Medium as Medium  # what doors say of an encoder
from sunmao.knowledge.embedding.models import Space, SpaceState
from sunmao.knowledge.encoders import Identity, Vector
from sunmao.knowledge.models import KnowledgeBase, Passage
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.postings import segments

READ, REBUILD = "embedding.space.read", "embedding.space.rebuild"
EXACT_UP_TO = 30_000
"""So many vectors are compared one by one in some 8 ms, and none is missed. Above, an HNSW index."""
EXACT_BELOW = 20_000
"""A base that shrinks loses its index only here, lest it come and go with every document."""


def serving(bases: Iterable[uuid.UUID], language: str) -> dict[uuid.UUID, Space]:
    """By base: the space that a text of this language belongs to, one for it alone before one for all."""
    found = Space.objects.filter(
        base_id__in=list(bases), medium=Medium.TEXT, state=SpaceState.SERVING, language__in=[language, ""]
    )
    return {space.base_id: space for space in found.order_by("language")}


def seeing(bases: Iterable[uuid.UUID]) -> dict[uuid.UUID, Space]:
    """By base: the space of its pictures."""
    found = Space.objects.filter(base_id__in=list(bases), medium=Medium.PICTURE, state=SpaceState.SERVING)
    return {space.base_id: space for space in found}


def reading_as(bases: Iterable[uuid.UUID], identity: Identity) -> dict[uuid.UUID, Space]:
    """By base: vectors of words that compare with those of pictures by this encoder."""
    found = Space.objects.filter(pk__in=_alike(identity), base_id__in=list(bases), state=SpaceState.SERVING)
    return {space.base_id: space for space in found.order_by("-language")}


def readers_of(base: uuid.UUID, languages: Iterable[str]) -> dict[str, str]:
    """By language the encoder that reads new passages of a base, empty where none does. Inside a scope."""
    spaces = {language: serving([base], language).get(base) for language in languages}
    return {
        language: space.encoder if space else encoders.routed(language) for language, space in spaces.items()
    }


def encode_passages(
    texts: Sequence[tuple[str, str]], *, readers: Mapping[str, str] | None = None
) -> list[Sequence[float] | None]:
    """(language, text) pairs to vectors; None where no encoder serves the language. `readers` are those of a
    base (`readers_of`); without them it is what new bases use."""
    vectors: list[Sequence[float] | None] = [None] * len(texts)
    for language in {language for language, _text in texts}:
        spec = encoders.routed(language) if readers is None else readers[language]
        if not spec:
            continue
        wanted = [index for index, (of, _) in enumerate(texts) if of == language]
        for index, vector in zip(wanted, encoded(spec, [texts[index][1] for index in wanted]), strict=True):
            vectors[index] = vector
    return vectors


def encoded(spec: str, texts: Sequence[str]) -> list[Vector]:
    encoder = encoders.encoder(spec)
    identity = encoder.identity
    return [Vector(row, spec=spec, of=identity) for row in encoder.encode(texts)]


def store(
    *, base: KnowledgeBase, passages: Sequence[Passage], dense: Sequence[Sequence[float] | None]
) -> None:
    """Keep the vectors of new passages, inside the transaction that publishes them.

    Those of another encoder than the base is searched by are not kept: it may have changed while the file was
    read. Whatever is lacking afterwards is made by a job.
    """
    lacking = _unseen(base, passages)
    for language in sorted({passage.language for passage in passages}):
        pairs = [
            (passage.pk, values)
            for passage, values in zip(passages, dense, strict=True)
            if passage.language == language
        ]
        known = [(key, values) for key, values in pairs if isinstance(values, Vector)]
        space = serving([base.pk], language).get(base.pk)
        if space is None and known:
            space = _open(base, language, known[0][1].spec, known[0][1].of)
        if space is None:
            continue
        fitting = [(key, values) for key, values in known if values.of == space.identity]
        lacking |= len(fitting) < len(pairs)
        add(space, [key for key, _ in fitting], [values for _, values in fitting])
        lacking |= wants_index(space) != space.indexed
    _settle_if(base, lacking, len(passages))


def repeat(
    *, base: KnowledgeBase, pairs: Sequence[tuple[uuid.UUID, uuid.UUID]], sources: Collection[uuid.UUID]
) -> None:
    """Passages of `base` (the second of each pair) say word for word what others of the bases `sources` say:
    they get the vectors of these, and nothing is encoded again. What is lacking is made by a job."""
    copied = list(Passage.objects.filter(pk__in=[new for _, new in pairs]).only("pk", "language", "image"))
    passages = {passage.pk: passage.language for passage in copied}
    lacking = _unseen(base, copied)
    for language in sorted(set(passages.values())):
        space = serving([base.pk], language).get(base.pk) or _open_like(base, language, sources)
        if space is None:
            continue
        own = [(old, new) for old, new in pairs if passages.get(new) == language]
        made = tables.repeat(
            space=space.pk,
            sources=_alike(space.identity, {base.pk, *sources}),
            old=[old for old, _ in own],
            made=[new for _, new in own],
        )
        Space.objects.filter(pk=space.pk).update(vectors=F("vectors") + made)
        space.vectors += made
        lacking |= made < len(own) or wants_index(space) != space.indexed
    _settle_if(base, lacking, len(pairs))


def _unseen(base: KnowledgeBase, passages: Iterable[Passage]) -> bool:
    """Whether a job is to look at new pictures; no upload waits for that."""
    if not any(passage.image for passage in passages):
        return False
    return bool(encoders.of_pictures()) or bool(seeing([base.pk]))


def known_by(*, base: uuid.UUID, language: str) -> list[uuid.UUID] | None:
    """The spaces of this organisation that hold vectors as `base` wants them of passages in that language;
    None where it wants none."""
    space = serving([base], language).get(base)
    if space is not None:
        return _alike(space.identity)
    spec = encoders.routed(language)
    return _alike(encoders.encoder(spec).identity) if spec else None


def _alike(
    identity: Identity, bases: Collection[uuid.UUID] | None = None, medium: str = Medium.TEXT
) -> list[uuid.UUID]:
    found = Space.objects.filter(
        medium=medium,
        name=identity.name,
        revision=identity.revision,
        dimensions=identity.dimensions,
        normalisation=identity.normalisation,
    )
    if bases is not None:
        found = found.filter(base__in=bases)
    return list(found.values_list("pk", flat=True))


def _open_like(base: KnowledgeBase, language: str, sources: Collection[uuid.UUID]) -> Space | None:
    """Where a base takes its first passages over from others, it begins as they do."""
    spec, others = encoders.routed(language), set(sources) - {base.pk}
    alike = Space.objects.filter(base__in=others, medium=Medium.TEXT, encoder=spec)
    if not (spec and others and alike.exists()):
        return None
    identity = encoders.encoder(spec).identity
    return _open(base, language, spec, identity) if _alike(identity, others) else None


def _settle_if(base: KnowledgeBase, lacking: bool, more: int) -> None:
    if lacking or segments.behind(base=base.pk, passages=base.passage_count + more):
        settle_later(base)


def add(space: Space, passages: Sequence[uuid.UUID], dense: Sequence[Sequence[float]]) -> None:
    if not passages:
        return
    made = tables.insert(space=space.pk, organisation=space.organisation_id, passages=passages, dense=dense)
    Space.objects.filter(pk=space.pk).update(vectors=F("vectors") + made)
    space.vectors += made


def wants_index(space: Space) -> bool:
    return space.vectors > (EXACT_BELOW if space.indexed else EXACT_UP_TO)


def _open(base: KnowledgeBase, language: str, spec: str, identity: Identity) -> Space:
    """The first vectors of a base decide what serves it, until somebody asks for another encoder."""
    for_all = encoders.serves_every_language(spec) and encoders.routed("*") == spec
    space = Space(
        base=base,
        language="" if for_all else language,
        encoder=spec,
        state=SpaceState.SERVING,
        served_at=now(),
    )
    space.becomes(identity)
    space.save()
    tables.make_partition(space.pk)
    return space


def open_for_pictures(base: KnowledgeBase) -> None:
    """Where an encoder of pictures is configured and the base has pictures but nothing that sees them."""
    spec = encoders.of_pictures()
    if not spec or seeing([base.pk]) or not has_pictures(base):
        return
    identity = encoders.sighted(spec).identity
    space = Space(base=base, medium=Medium.PICTURE, encoder=spec, state=SpaceState.SERVING, served_at=now())
    space.becomes(identity)
    space.save()
    tables.make_partition(space.pk)


def has_pictures(base: KnowledgeBase) -> bool:
    return Passage.objects.filter(base_id=base.pk, image__isnull=False).exists()


def seen_before(space: Space, passages: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """The passages whose picture the organisation has a vector of already, which is taken."""
    sources = _alike(space.identity, medium=Medium.PICTURE)
    made = tables.repeat_seen(space=space.pk, sources=sources, passages=passages)
    Space.objects.filter(pk=space.pk).update(vectors=F("vectors") + len(made))
    space.vectors += len(made)
    return made


def settle_later(base: KnowledgeBase) -> None:
    """One waiting job is enough, whatever else is published until it runs."""
    waiting = Job.objects.filter(kind="embedding.settle", subject_id=base.pk, state=JobState.QUEUED)
    if not waiting.exists():
        jobs.enqueue(actor=_system(base), kind="embedding.settle", subject_id=base.pk)


def _system(base: KnowledgeBase) -> Actor:
    return Actor(
        kind="system", id=None, organisation_id=base.organisation_id, name="worker", language="zh-hans"
    )


def reembed(
    *,
    actor: Actor,
    base: KnowledgeBase,
    encoder: str,
    language: str | None = None,
    medium: str = Medium.TEXT,
) -> Job:
    """Ask for vectors of another encoder. Questions keep the old ones until all new ones are there.

    `language`: of the passages it is for; empty for all. Left out, all, or English for the English one.
    Pictures have no language.
    """
    actor.require(REBUILD, base=base.slug)
    spec = encoders.checked(encoder)
    own = _of_pictures(spec) if medium == Medium.PICTURE else _language(spec, language)
    with tenancy.scope(actor.organisation_id):
        locked = KnowledgeBase.objects.select_for_update().get(pk=base.pk)
        _nothing_under_way(locked)
        space = _begin(locked, spec, own, medium)
        job = jobs.enqueue(
            actor=actor, kind="embedding.reembed", subject_id=base.pk, payload={"space": str(space.pk)}
        )
        audit.record(
            actor=actor, verb="space.requested", subject=base,
            base=base.slug, encoder=spec, language=own, medium=str(medium),
        )  # fmt: skip
    return job


def go_back(*, actor: Actor, base: KnowledgeBase) -> Job:
    """To the vectors that served before, completed by what has come since."""
    with tenancy.scope(actor.organisation_id):
        kept = Space.objects.filter(base=base, state=SpaceState.KEPT).order_by("-served_at").first()
    if kept is None:
        actor.require(REBUILD, base=base.slug)
        raise NotFound(_("No earlier vectors of this base are kept."), code="no_kept_vectors")
    return reembed(actor=actor, base=base, encoder=kept.encoder, language=kept.language, medium=kept.medium)


def _language(spec: str, language: str | None) -> str:
    own = language if language is not None else "" if encoders.serves_every_language(spec) else "en"
    if own not in ("", "zh", "en") or (spec == encoders.MINILM and own != "en"):
        raise InvalidInput(
            _("This encoder does not serve that language."),
            code="encoder_language",
            fields={"language": own, "encoder": spec},
        )
    return own


def _of_pictures(spec: str) -> str:
    """No language, or `InvalidInput` where the encoder reads words only. A model tells when a worker opens
    it, a server when it is sent a picture."""
    if spec == encoders.MINILM:
        raise InvalidInput(
            _("This encoder reads no pictures."), code="encoder_sees_nothing", fields={"encoder": spec}
        )
    return ""


def _nothing_under_way(base: KnowledgeBase) -> None:
    known = Job.objects.filter(kind="embedding.reembed", subject_id=base.pk)
    if any(not job.has_ended for job in known):
        raise Conflict(_("New vectors of this base are being made."), code="reembedding_under_way")


def _begin(base: KnowledgeBase, spec: str, language: str, medium: str) -> Space:
    """A filling that was broken off is continued; kept vectors of the same encoder are taken up again."""
    same = Space.objects.filter(base=base, encoder=spec, language=language, medium=medium)
    if same.filter(state=SpaceState.SERVING).exists():
        raise Conflict(_("This base is searched by that encoder already."), code="encoder_in_use")
    begun = Space.objects.filter(base=base, state=SpaceState.FILLING).first()
    if begun and (begun.encoder, begun.language, begun.medium) != (spec, language, medium):
        begun.state = SpaceState.KEPT  # dropped by the job, which may wait for its lock
        begun.save(update_fields=["state"])
        begun = None
    if begun:
        return begun
    if space := same.filter(state=SpaceState.KEPT).order_by("-served_at").first():
        space.state = SpaceState.FILLING
        space.save(update_fields=["state"])
        return space
    return new_space(base=base, spec=spec, language=language, medium=medium)


def new_space(*, base: KnowledgeBase, spec: str, language: str, medium: str = Medium.TEXT) -> Space:
    made = Space.objects.create(
        base=base, encoder=spec, language=language, medium=medium, state=SpaceState.FILLING
    )
    tables.make_partition(made.pk)
    return made


def drop(space: Space, *, patience: str = "300ms") -> None:
    """The rows and the partition of a space that nobody is searched by."""
    with transaction.atomic():
        tables.drop_partition(space.pk, patience=patience)
        Space.objects.filter(pk=space.pk).delete()


def spaces_visible_to(actor: Actor) -> list[Space]:
    actor.require(READ)
    bases = bases_visible_to(actor, READ)
    return list(Space.objects.filter(base__in=bases).select_related("base"))


def spaces_of(*, actor: Actor, base: KnowledgeBase) -> list[Space]:
    actor.require(READ, base=base.slug)
    return list(Space.objects.filter(base=base))


def resolve_space(*, actor: Actor, reference: object, permission: str = READ) -> Space:
    actor.require(permission)
    bases = bases_visible_to(actor, permission)
    found = Space.objects.filter(base__in=bases, pk=as_reference(reference)).first()
    if found is None:
        raise NotFound
    return found
