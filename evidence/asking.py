"""The cases of a run asked under a rule pack, a guest limit, another limit: each from what is known of the whole city.

What a city decides as a whole (rates, the complaint factor, the evidence under another guest limit) is made once and
can be kept (`keeping`); what is asked of single cases is then answered on their own rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from evidence.answers import complaint_factor
from evidence.assess import Assessment, under_guest_limit
from evidence.case_numbers import FINDING_NEEDS, CaseNumbers, number_cases
from evidence.focus import focused
from evidence.inference import LEFT_OUT_SOURCES, Model
from evidence.keeping import Keeping
from evidence.learned import HeldRates
from evidence.linkage import Linked
from evidence.presence import Presence
from evidence.rules.dwelling import law_of
from evidence.rules.pack import RulePack
from evidence.settings import InferenceSettings
from loaders.city import City
from loaders.errors import EngineFault


@dataclass(frozen=True, slots=True)
class Reread:
    """What another guest limit changes of an assessment."""

    presence: Presence
    model: Model


@dataclass(frozen=True, slots=True)
class ComplaintFactor:
    """`answers.complaint_factor` of all cases of a city."""

    value: float


@dataclass(frozen=True, slots=True)
class Asking:
    """A city's assessment, and how its cases are answered.

    assessed: what decides the assessment besides the city and the settings; only: the cases that will be asked about,
    None for all; held: the rates it was made with, where they were not learned here.
    """

    city: City
    linked: Linked
    assessment: Assessment
    settings: InferenceSettings
    keep: Keeping
    assessed: object
    only: tuple[str, ...] | None
    held: HeldRates | None = None

    @property
    def few(self) -> bool:
        """Whether the assessment is of a few cases alone: quicker made than read, and not kept."""
        return self.held is not None and self.only is not None

    def under(self, least_nights: int) -> Assessment:
        """The assessment with this number of nights that makes a guest an occupant; rates stay as learned."""
        if least_nights == self.assessment.guest_nights:
            return self.assessment

        def reread(city: City) -> Reread:
            found = under_guest_limit(city, self.linked, self.assessment, least_nights, self.settings)
            return Reread(found.presence, found.model)

        if self.few:
            return under_guest_limit(self.city, self.linked, self.assessment, least_nights, self.settings)
        made = self.keep.stage(
            "guest-limit", Reread, reread, of=self.city, settings=(self.settings, self.assessed, least_nights)
        )
        return replace(self.assessment, presence=made.presence, model=made.model, guest_nights=least_nights)

    def complaint(self, assessment: Assessment, pack: RulePack) -> float:
        """The factor of the complaints of the whole city under this pack."""
        if self.held is not None:
            known = self.held.complaint(pack, assessment.guest_nights)
            if known is None:
                raise EngineFault(f"no factor of complaints was learned for {pack.id}")
            return known

        def factor(_: City) -> ComplaintFactor:
            table = self.linked.dwellings.table
            facts = assessment.situations.table.select("dwelling_id").join(
                table, on="dwelling_id", how="left", maintain_order="left"
            )
            law = law_of(pack, facts)
            return ComplaintFactor(complaint_factor(assessment.model, assessment.fitted, law, self.settings))

        settings = (self.settings, self.assessed, assessment.guest_nights, pack)
        return self.keep.stage("complaint-factor", ComplaintFactor, factor, of=self.city, settings=settings).value

    def numbers(
        self,
        cases: pl.DataFrame,
        pack: RulePack,
        least_nights: int | None,
        *,
        sensitivity: bool = True,
        leave_out: Sequence[str] = LEFT_OUT_SOURCES,
    ) -> CaseNumbers:
        """These cases answered under this pack. least_nights: None where the assessment's own limit decides."""
        assessment = self.assessment if least_nights is None else self.under(least_nights)
        complaint = self.complaint(assessment, pack) if cases["is_case"].any() else 1.0
        complaints = self.city.distinct("cases")

        def numbered(_: City) -> CaseNumbers:
            return number_cases(
                assessment if self.only is None else focused(assessment, self.only),
                self.linked.dwellings.table,
                complaints.select("case_id", "complaint_type", "witness_willing"),
                cases,
                pack,
                self.settings,
                sensitivity,
                leave_out,
                complaint,
            )

        if self.few or self.only is not None:
            return numbered(self.city)
        asked = (self.settings, self.assessed, cases["case_id"].to_list(), pack, assessment.guest_nights)
        return self.keep.stage(
            "answers",
            CaseNumbers,
            numbered,
            of=self.city,
            settings=(asked, sensitivity, leave_out),
            given={Assessment: assessment, RulePack: pack},
        )

    def readings(self, numbers: CaseNumbers) -> tuple[tuple[str, CaseNumbers], ...]:
        """The same cases under each reading of their pack's guest test, its own included, and each other limit."""
        pack, own = numbers.pack, numbers.assessment.guest_nights
        answers = {own: numbers}
        runs = []
        for reading in pack.guest_test.readings:
            least = reading.nights_in_12_months
            if least is None:
                continue  # said in the rule's own section: such a window is applied to proved nights alone
            if least not in answers:
                answers[least] = self.numbers(numbers.cases, pack, least, leave_out=FINDING_NEEDS)
            runs.append((reading.name, answers[least]))
        for other in pack.alternative:
            under = self.numbers(numbers.cases, pack.under(other), own, leave_out=FINDING_NEEDS)
            runs.append((other.name, under))
        return tuple(runs)
