"""From p_over_limit to a finding, at the pack's standard of proof.

`over_limit_shown` needs the probability clearly beyond the standard, its interval beyond it too, and more than one
complainant's word; `not_shown` needs the interval below it; all else is `insufficient_evidence`. An exempt dwelling is
exempt.
"""

from dataclasses import dataclass
from datetime import date
from typing import cast

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
    """Per case, arrays of one length: the probability, its interval over rates the data leave open, and without the
    log.
    """

    p_over: Array
    low: Array
    high: Array
    without_log: Array
    weak_complaint: NDArray[np.bool_]
    informed: NDArray[np.bool_]
    exempt: NDArray[np.bool_]


def exempt_dwellings(cases: pl.DataFrame, dwellings: pl.DataFrame, pack: RulePack) -> NDArray[np.bool_]:
    """True where the assessor records an exemption or permitted use of the pack, or the pack does not hold on the day.

    cases: dwelling_id, opened_on; dwellings: `Dwellings.table`.
    """
    facts = cases.join(
        dwellings.select("dwelling_id", "permitted_use", "exemption"),
        on="dwelling_id",
        how="left",
        maintain_order="left",
    )
    use = facts["permitted_use"].fill_null("").str.to_lowercase()
    permitted = np.zeros(len(facts), dtype=bool)
    for words in pack.exempt.permitted_use:
        permitted |= use.str.contains(words.lower(), literal=True).to_numpy()
    recorded = facts["exemption"].is_not_null().to_numpy() & pack.exempt.any_exemption_recorded
    return permitted | recorded | ~in_force(facts["opened_on"], pack)


def in_force(days: pl.Series, pack: RulePack) -> NDArray[np.bool_]:
    """Is the pack still law on these days? False only after its last day; an unknown day counts as yes.

    `valid_from` dates the wording, not the limit: an earlier case was under an earlier wording of it, never exempt.
    """
    return cast("NDArray[np.bool_]", (days <= (pack.valid_to or date.max)).fill_null(True).to_numpy())


def find(standing: Standing, pack: RulePack) -> list[FindingWord]:
    """One finding a case."""
    standard = STANDARDS[pack.proof_standard]
    clear = standard + (1.0 - standard) * MARGIN_OF_REMAINDER
    alone = standing.weak_complaint & (standing.without_log < standard)
    shown = (standing.p_over >= clear) & (standing.low >= standard) & ~alone & standing.informed
    not_shown = (standing.p_over < standard) & (standing.high < standard) & standing.informed
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
