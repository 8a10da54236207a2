"""The rule of one case in its summary: the law and its standing, the readings run, what is not decided, presumptions.

Presumptions stand apart from the probability: they say what the ordinance itself makes of proved nights.
"""

from collections.abc import Sequence

import polars as pl

from evidence.case_numbers import CaseNumbers
from evidence.case_view import CaseView
from evidence.findings import not_in_force
from evidence.guest_nights import GuestNightSettings
from evidence.named_packs import IN_DOUBT
from evidence.nights import OvernightRule
from evidence.rules.dwelling import FACTS, reasons
from evidence.rules.presumption import Held, ParkedVehicle, VehiclePresumption, evaluate, parked_vehicles
from evidence.rules.stay import GuestTest
from evidence.summary_model import FindingWord, PresumptionReading, PresumptionText, RuleReading, RuleText, Window
from evidence.wording import percent

LEAST_NIGHTS = GuestNightSettings().guest_limit_nights
P_REGISTERED = OvernightRule().proof_reading  # as sure as the nights themselves

FINDING_SENTENCES: dict[FindingWord, str] = {
    "over_limit_shown": "The evidence shows, {standard}, that the dwelling was over the limit (probability {p}).",
    "not_shown": "The evidence does not show that the dwelling was over the limit (probability {p}).",
    "insufficient_evidence": "The evidence is insufficient to say whether the dwelling was over the limit "
    "(probability {p}, between {low} and {high} under {left_open}).{why}",
    "exempt": "The dwelling is exempt from the limit: {text}.",
}
# Standard of proof of a pack -> its name, and the words of a finding that meets it.
STANDARDS: dict[str, tuple[str, str]] = {
    "preponderance": ("preponderance of the evidence", "by a preponderance of the evidence"),
    "clear_and_convincing": ("clear and convincing evidence", "by clear and convincing evidence"),
    "beyond_reasonable_doubt": ("beyond a reasonable doubt", "beyond a reasonable doubt"),
}


def finding_sentence(view: CaseView) -> str:
    """The finding in a sentence, with the reason where the law or its facts decide it."""
    numbers, i = view.numbers, view.index
    why = undecided(view)
    return FINDING_SENTENCES[numbers.findings[i]].format(
        standard=STANDARDS[numbers.pack.proof_standard][1],
        p=percent(float(numbers.p_over[i])),
        low=percent(float(numbers.p_low[i])),
        high=percent(float(numbers.p_high[i])),
        left_open="rates and facts that the data leave open" if why else "rates that the data leave open",
        why="".join(f" Not decided: {reason}." for reason in why),
        text=(numbers.exempt[i] or numbers.pack.exempt.text).rstrip("."),
    )


def undecided(view: CaseView) -> list[str]:
    """What keeps the law itself from being decided here: its name, the day, or facts that no source holds."""
    pack = view.numbers.pack
    doubt = view.numbers.cases[IN_DOUBT][view.index]
    misnamed = f"{doubt}; the numbers here are under {pack.id}" if doubt else None
    wrong_day = not_in_force(view.case["opened_on"], pack)
    return [why for why in (misnamed, wrong_day) if why] + reasons(
        pack, {name: view.dwelling.get(name) for name in FACTS}
    )


def rule_text(view: CaseView, runs: Sequence[tuple[str, CaseNumbers]]) -> RuleText:
    """The rule as the summary prints it. runs: the cases under each reading, with its name."""
    pack, i = view.numbers.pack, view.index
    readings = [
        RuleReading(reading=name, p_over_limit=float(run.p_over[i]), finding=run.findings[i]) for name, run in runs
    ]
    unrelated = int(view.numbers.unrelated[i])
    return RuleText(
        pack=pack.id,
        title=pack.title,
        citation=pack.citation,
        text_status=pack.text_status,
        limit_text=pack.limit_text,
        persons_if_unrelated=unrelated if unrelated >= 0 else None,
        guest_text=pack.guest_test.text,
        guest_nights=pack.guest_test.nights,
        standard_of_proof=STANDARDS[pack.proof_standard][0],
        readings=readings,
        readings_matter=len({run.finding for run in readings}) > 1,
        not_given=list(pack.not_given),
        undecided=undecided(view),
        guest_estimate=_guest_estimate(pack.guest_test),
        kinship=_kinship(float(view.numbers.kin_error[i])),
        presumptions=presumptions(view),
    )


def _guest_estimate(test: GuestTest) -> str:
    least = test.nights
    proved = [reading.name for reading in test.readings if reading.nights_in_12_months is None]
    words = (
        f"the probability takes a guest of {least} or more nights in some 12 months for an occupant"
        if least is not None
        else f"the probability takes a guest of {LEAST_NIGHTS} or more nights in some 12 months for an occupant, "
        "because only nights in 12 months are estimated"
    )
    return words + (f"; applied to proved nights alone: {'; '.join(proved)}" if proved else "")


def _kinship(error: float) -> str:
    if error == 0.0:
        return "every way in which the persons may be kin was summed"
    return f"ways in which the persons may be kin were drawn; standard error of the probability {error:.4f}"


def presumptions(view: CaseView) -> list[PresumptionText]:
    """The pack's presumptions: those on vehicles in each reading, others with the facts they would need."""
    texts = []
    for item in view.numbers.pack.presumption:
        held: list[Held] = []
        if isinstance(item, VehiclePresumption):
            watched = frozenset(view.watched.filter("settles")["night"].to_list())
            held = evaluate(item, _parked(view), watched)
        texts.append(
            PresumptionText(
                name=item.name,
                text=item.text,
                citation=item.citation,
                rebuttable=item.rebuttable,
                not_evaluated=None if isinstance(item, VehiclePresumption) else item.facts,
                readings=[_reading(one) for one in held],
                readings_matter=len({one.met for one in held}) > 1,
            )
        )
    return texts


def _reading(held: Held) -> PresumptionReading:
    window = None
    if held.window_from is not None and held.window_to is not None:
        window = Window(from_=held.window_from, to=held.window_to)
    return PresumptionReading(
        reading=held.reading,
        met=held.met,
        vehicles=list(held.vehicles),
        window=window,
        nights=held.nights,
        nights_needed=held.needed,
    )


def _parked(view: CaseView) -> list[ParkedVehicle]:
    nights = view.proved.group_by("vehicle_id").agg(pl.col("night").unique())
    registered = view.vehicles.filter(pl.col("p_registered") >= P_REGISTERED).select("vehicle_id", row="dmv_row")
    owners = view.mentions.filter(pl.col("source") == "dmv_registrations").select("row", "family", "address_key")
    of = registered.join(owners, on="row")
    return parked_vehicles(
        {vehicle: frozenset(dates) for vehicle, dates in nights.iter_rows()},
        _sets(of, "family"),
        _sets(of, "address_key"),
    )


def _sets(owners: pl.DataFrame, column: str) -> dict[str, frozenset[str]]:
    known = owners.drop_nulls(column).group_by("vehicle_id").agg(pl.col(column).unique())
    return {vehicle: frozenset(values) for vehicle, values in known.iter_rows()}
