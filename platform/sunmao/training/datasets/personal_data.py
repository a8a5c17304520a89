"""Examples that hold a person's words. Whoever is erased takes them along, out of every version; what was
trained on those versions is marked. A law that keeps a record keeps no copy of it in a data set."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from sunmao.core.people import Erased, Kept, Part, Person
from sunmao.modelhub.heads.models import HeadVersion
from sunmao.modelhub.models import AdapterVersion
from sunmao.training.datasets.consenting import forget
from sunmao.training.datasets.models import Consent, Row, Version


class Examples:
    def export(self, person: Person) -> Iterator[Part]:
        own = Row.objects.filter(person_key__in=person.key_ids).select_related("dataset")
        rows = [
            {
                "id": one.pk,
                "data_set": one.dataset.slug,
                "example": one.data,
                "from": one.origin,
                "created_at": one.created_at,
            }
            for one in own
        ]
        yield Part(name="training_examples", title=_("Examples of data sets"), rows=rows)
        given = Consent.objects.filter(person_key__in=person.key_ids)
        yield Part(
            name="training_consents",
            title=_("Conversations that may be trained on"),
            rows=[{"conversation": one.conversation, "given_at": one.given_at} for one in given],
        )

    def erase(self, person: Person) -> Iterator[Erased]:
        theirs = person.key_ids
        before = set(Version.objects.filter(must_retrain=True).values_list("pk", flat=True))
        count = forget(Row.objects.filter(person_key__in=theirs))
        yield Erased(what=_("Examples of data sets"), count=count)
        marked = Version.objects.filter(must_retrain=True).exclude(pk__in=before).values_list("pk", flat=True)
        yield Erased(what=_("Versions of data sets to be trained anew"), count=len(marked))
        adapters = AdapterVersion.objects.filter(dataset_version_id__in=list(marked))
        yield Erased(what=_("Adapters to be trained anew"), count=adapters.count())
        heads = HeadVersion.objects.filter(dataset_version_id__in=list(marked))
        yield Erased(what=_("Heads to be trained anew"), count=heads.count())
        consents = Consent.objects.filter(person_key__in=theirs).delete()[0]
        yield Erased(what=_("Conversations that may be trained on"), count=consents)

    def kept(self, person: Person) -> Iterator[Kept]:
        return iter(())
