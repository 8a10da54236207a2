"""Which judgements stand, and what they come to for each pair.

A reviewer's later judgement on a pair supersedes his earlier one, which stays on record. Nobody is outvoted: where one
reviewer confirms and another rejects, nothing binds until one of them records another decision. A pair under blind
review (one of its standing judgements says so) needs two reviewers of one mind, and until two are in nobody is shown
what the first decided. `unsure` abstains.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from evidence.judging.records import Judgement

State = Literal["binds", "unsure", "awaits a second reviewer", "reviewers disagree"]
_BLIND_REVIEWERS = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """One pair. `judgements`: the latest of each reviewer, in the order recorded; `same`: one person or two, where
    that binds; `superseded`: how many earlier judgements do not stand.
    """

    pair: tuple[str, str]
    judgements: tuple[Judgement, ...]
    state: State
    same: bool | None
    superseded: int

    @property
    def sealed(self) -> bool:
        """Whether what was decided is not yet to be shown."""
        return self.state == "awaits a second reviewer"


def standings(judgements: Iterable[Judgement]) -> list[Standing]:
    """Every pair that was judged, in the order in which it was first."""
    of_pair: dict[tuple[str, str], list[Judgement]] = {}
    for judgement in judgements:
        of_pair.setdefault(judgement.pair, []).append(judgement)
    return [_standing(pair, found) for pair, found in of_pair.items()]


def _standing(pair: tuple[str, str], found: Sequence[Judgement]) -> Standing:
    latest = {judgement.by.casefold(): judgement for judgement in found}
    standing = tuple(judgement for judgement in found if latest[judgement.by.casefold()] is judgement)
    blind = any(judgement.review == "blind" for judgement in standing)
    decisive = [judgement.decision for judgement in standing if judgement.decision != "unsure"]
    state: State
    if blind and len(standing) < _BLIND_REVIEWERS:
        state = "awaits a second reviewer"
    elif len(set(decisive)) > 1:
        state = "reviewers disagree"
    elif not decisive or (blind and len(decisive) < _BLIND_REVIEWERS):
        state = "unsure"
    else:
        state = "binds"
    same = decisive[0] == "confirm" if state == "binds" else None
    return Standing(pair, standing, state, same, len(found) - len(standing))
