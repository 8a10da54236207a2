"""From p_over_limit to a finding, at the pack's standard of proof.

`over_limit_shown` needs the probability clearly beyond the standard, its interval beyond it too, and more than one
complainant's word; `not_shown` needs the interval below it; neither rests on a number that the complaint claims. All
else is `insufficient_evidence`, and so is a case under a pack that is not the law of its day. An exempt dwelling is
exempt.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.headcount import Array
from evidence.rules.pack import RulePack
from evidence.summary_model import FindingWord

# Probability that each standard asks for. Preponderance is more likely than not; the higher standards have no number
# in law, the usual reading of evidence scholars is about 0.75 and 0.9 to 0.95.
STANDARDS = {"preponderance": 0.5, "clear_and_convincing": 0.75, "beyond_reasonable_doubt": 0.95}
# How far the point estimate must clear the standard: rates are learned, not known.
MARGIN_OF_REMAINDER = 0.5
WEAK_COMPLAINTS = ("anonymous", "phone")


@dataclass(frozen=True, slots=True)
class Standing:
    """Per case, arrays of one length: the probability, its interval over rates and facts left open, and the same
    without the log, and without the numbers that the complaint claims.

    weak_complaint: nobody who complained can be asked; informed: anything but the prior speaks; informed_without_log:
    and so without the log; in_force: the pack is the law of that day.
    """

    p_over: Array
    low: Array
    high: Array
    without_log: Array
    without_claim: Array
    weak_complaint: NDArray[np.bool_]
    informed: NDArray[np.bool_]
    informed_without_log: NDArray[np.bool_]
    exempt: NDArray[np.bool_]
    in_force: NDArray[np.bool_]


def exemptions(cases: pl.DataFrame, dwellings: pl.DataFrame, pack: RulePack) -> list[str | None]:
    """Why each dwelling is exempt, in words; None where it is not: the assessor records an exemption or a permitted use
    of the pack, or the pack is pre-empted on the day the case was opened.

    cases: dwelling_id, opened_on; dwellings: `Dwellings.table`. An unknown day is not pre-empted.
    """
    facts = cases.join(
        dwellings.select("dwelling_id", "permitted_use", "exemption"),
        on="dwelling_id",
        how="left",
        maintain_order="left",
    )
    rows = facts.select("opened_on", "permitted_use", "exemption").iter_rows()
    return [_exemption(opened_on, use, exemption, pack) for opened_on, use, exemption in rows]


def _exemption(opened_on: date | None, use: str | None, exemption: str | None, pack: RulePack) -> str | None:
    if pack.preempted_by and pack.ended(opened_on):
        return f"the limit is pre-empted by {pack.preempted_by}{pack.hint_for(opened_on)}"
    if use is not None and any(words.lower() in use.lower() for words in pack.exempt.permitted_use):
        return f"the assessor records the use “{use}” ({pack.exempt.text})"
    if exemption is not None and pack.exempt.any_exemption_recorded:
        return f"the assessor records the exemption “{exemption}” ({pack.exempt.text})"
    return None


def in_force(days: pl.Series, pack: RulePack) -> NDArray[np.bool_]:
    """Is the pack the law of these days? An unknown day counts as yes.

    `valid_from` dates the wording: an earlier case was under an earlier wording of the same limit, unless the pack says
    which other pack it took the place of (`supersedes`).
    """
    after = (days <= (pack.valid_to or date.max)).fill_null(True).to_numpy()
    begun = (days >= (pack.valid_from or date.min)).fill_null(True).to_numpy() | (pack.supersedes is None)
    held: NDArray[np.bool_] = after & begun
    return held


def not_in_force(opened_on: date | None, pack: RulePack) -> str | None:
    """Why the pack is not the law of this day, and which one is; None where it is."""
    if in_force(pl.Series([opened_on], dtype=pl.Date), pack)[0]:
        return None
    when = f"until {pack.valid_to}" if pack.ended(opened_on) else f"from {pack.valid_from}"
    return f"this pack is the law {when}, and the case was opened on {opened_on}{pack.hint_for(opened_on)}"


def find(standing: Standing, pack: RulePack) -> list[FindingWord]:
    """One finding a case."""
    standard = STANDARDS[pack.proof_standard]
    clear = standard + (1.0 - standard) * MARGIN_OF_REMAINDER
    alone = standing.weak_complaint & ((standing.without_log < standard) | ~standing.informed_without_log)
    known = standing.informed & standing.in_force
    shown = (standing.p_over >= clear) & (standing.low >= standard) & (standing.without_claim >= standard)
    shown = shown & ~alone & known
    not_shown = (standing.p_over < standard) & (standing.high < standard) & (standing.without_claim < standard) & known
    words: list[FindingWord] = []
    for exempt, yes, no in zip(standing.exempt, shown, not_shown, strict=True):
        word: FindingWord = "insufficient_evidence"
        if exempt:
            word = "exempt"
        elif yes:
            word = "over_limit_shown"
        elif no:
            word = "not_shown"
        words.append(word)
    return words
