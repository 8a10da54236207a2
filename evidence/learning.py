"""Learning the rates of a city: one pass over all its logs, cases and a sample of its dwellings."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from evidence.asking import Asking
from evidence.guest_nights import StayRates
from evidence.keeping import Keeping, NothingKept, Parts, Projections
from evidence.learned import (
    Complaints,
    HeldRates,
    LearnedFrom,
    LearnedRates,
    limits_of,
    pack_key,
    rates_bytes,
    rates_from,
)
from evidence.linkage import count_registrations
from evidence.named_packs import packs_of
from evidence.pipeline import investigate
from evidence.progress import Progress
from evidence.rules.pack import DEFAULT_PACK, RulePack
from evidence.settings import InferenceSettings
from loaders.city import City

T = TypeVar("T")


def learn(
    city: City, keep: Keeping, progress: Progress | None = None, settings: InferenceSettings | None = None
) -> HeldRates:
    """The rates that this city teaches, for every pack that it names and the default one."""
    settings = settings or InferenceSettings()
    packs = packs_of(city, [*city.frame("cases")["rule_pack"].unique(), DEFAULT_PACK])
    rates = keep.stage(
        "learned-rates",
        LearnedRates,
        lambda city: _learned(city, _Linking(keep), packs, progress, settings),
        of=city,
        settings=(settings, packs),
    )
    # Through the file: a number is what is written of it.
    return rates_from(rates_bytes(rates), "the learned rates")


class _Linking(NothingKept):
    """Keeps dwellings, persons and plates; what else is made on the way to the rates is not asked for again."""

    def __init__(self, keep: Keeping) -> None:
        self._keep = keep

    def parts(
        self,
        name: str,
        kind: type[T],
        make: Callable[[City], T],
        *,
        of: City,
        sources: Collection[str],
        projections: Projections,
        settings: Any = None,
    ) -> Parts[T]:
        return self._keep.parts(name, kind, make, of=of, sources=sources, projections=projections, settings=settings)


def _learned(
    city: City, keep: Keeping, packs: list[RulePack], progress: Progress | None, settings: InferenceSettings
) -> LearnedRates:
    run = investigate(city, progress=progress, settings=settings, keep=keep, answers=False)
    assessment, asking = run.assessment, run.asking
    limits = [limit for pack in packs for limit in limits_of(pack)]
    with run.progress.stage("complaints"):
        complaints = {(pack_key(pack), least): _factor(asking, pack, least) for pack, least in limits}
    stays = assessment.presence.stays
    return LearnedRates(
        run.linked.vehicles.lessons,
        count_registrations(city),
        assessment.turn,
        StayRates(stays.detection, stays.shares),
        assessment.fitted,
        assessment.model.present,
        assessment.model.case_prior,
        assessment.units,
        assessment.medians,
        tuple(Complaints(pack, least, factor) for (pack, least), factor in complaints.items()),
        tuple(LearnedFrom(name, report.sha256, report.rows_accepted) for name, report in sorted(city.reports.items())),
    )


def _factor(asking: Asking, pack: RulePack, least: int) -> float:
    assessment = asking.under(least)
    return asking.complaint(assessment, pack) if assessment.situations.table["is_case"].any() else 1.0
