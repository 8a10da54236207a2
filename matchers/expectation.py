"""m, u and the shares of matches by expectation-maximisation over comparison patterns.

The sums run over distinct *patterns* (what agreed, how common the names are, which sources), not over pairs, so a
city costs what its variety costs. u is counted on random pairs; m and the share of matches are learned, the share by
kind of address agreement and by pair of sources.

Source: Winkler 1988 for EM over comparison vectors.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.chance import COMPARED, LEARNED, normalised, prior_of
from matchers.coded import Codes, Floats
from matchers.comparison import LEVELS, level
from matchers.patterns import CROWDS, Patterns
from matchers.possible_pairs import Possible
from matchers.settings import LinkSettings
from matchers.weights import GROUNDS, KIND_OF_ADDRESS, Grounds, Weighing, Weights, household

_AT_PLACE = GROUNDS.index("place")
M_LEARNED = (*LEARNED, "identifier")  # a register may number its rows, not its people: then numbers differ for nothing


def fit(patterns: Patterns, chance: Mapping[str, Floats], possible: Possible, settings: LinkSettings) -> Weights:
    """Fit to the candidate pairs. chance: u of two people at random (`matchers.chance`).

    A pair that no blocking rule proposes counts as no match. m is learned where every pair is compared (one place, one
    identifier), because elsewhere only pairs with agreeing names are proposed, which would flatter m.
    """
    data = _Data.of(patterns, len(possible.by_sources))
    weighing = Weighing.of(patterns, settings)
    weights = _start(chance, possible, settings)
    share_prior = weights.match_share.copy()
    for rounds in range(1, settings.em_rounds + 1):
        p = 1.0 / (1.0 + np.exp2(-np.clip(weighing.total(weights), -60, 60)))
        expected = data.count * p
        matches = expected[data.unbiased]
        m = {f: _m_step(f, data, matches, settings) for f in COMPARED}
        others = data.count[data.strangers] * (1 - p[data.strangers])
        u = {**weights.u, "family": _household_u(data, others, chance["family"], settings)}
        match_share, overall = _match_shares(data, expected, possible, share_prior, settings)
        fitted = Weights(
            m=m,
            u=u,
            match_share=match_share,
            overall_match_share=overall,
            source_lift=_source_lift(data, expected, match_share, possible, settings),
            document_share=_document_share(data, expected, settings),
            rounds=rounds,
        )
        moved = max(float(np.abs(m[f] - weights.m[f]).max()) for f in COMPARED)
        moved = max(moved, float(np.abs(np.log2(match_share / weights.match_share)).max()) / 10)
        weights = fitted
        if moved < settings.em_tolerance:
            break
    return weights


@dataclass(frozen=True, slots=True)
class _Data:
    """The patterns as arrays: pair of sources, ground, number of pairs; and the positions of those that teach a part.

    `unbiased`: compared whatever they agree on, so that m may be learned (every pair of a place is, but at the largest
    ones). `strangers`: those who live together with plainly different given names tell how often housemates share a
    surname or a birth date. `sourced`: those that tell how a pair of sources departs from the shares by address.
    """

    sources: Codes
    source_pairs: int
    share: Codes  # position in `Weights.match_share`
    count: Floats
    unbiased: Codes
    levels: Mapping[str, Codes]  # per feature of M_LEARNED: source * levels + level, of the unbiased
    strangers: Codes
    households: Codes  # (source * sizes of place + size) * levels + level of the surname, of the strangers
    on_paper: Codes
    sourced: Codes
    kinds: Codes  # source * kinds of ground + kind, of the sourced

    @staticmethod
    def of(patterns: Patterns, source_pairs: int) -> "_Data":
        table = patterns.table
        levels = {feature: table[feature].to_numpy().astype(np.int64) for feature in COMPARED}
        sources = table["sources"].to_numpy().astype(np.int64)
        ground = Grounds.of(table)
        on_paper = table["document"].to_numpy() == level("document", "same")
        together = ground.crowd > 0
        unbiased = (together & (ground.crowd < CROWDS)) | (levels["identifier"] == level("identifier", "same"))
        teaching = np.flatnonzero(unbiased)
        strangers = np.flatnonzero(together & (levels["given"] == level("given", "different")))
        # at one place every pair that is compared is foreseen, and papers have a share of their own
        sourced = np.flatnonzero(np.where(ground.kind == _AT_PLACE, unbiased & ~on_paper, ground.kind > 0))
        home = sources[strangers] * (CROWDS + 1) + ground.crowd[strangers]
        return _Data(
            sources=sources,
            source_pairs=source_pairs,
            share=ground.share,
            count=table["pairs"].to_numpy().astype(np.float64),
            unbiased=teaching,
            levels={f: sources[teaching] * len(LEVELS[f]) + levels[f][teaching] for f in M_LEARNED},
            strangers=strangers,
            households=home * len(LEVELS["family"]) + levels["family"][strangers],
            on_paper=np.flatnonzero(on_paper),
            sourced=sourced,
            kinds=sources[sourced] * len(GROUNDS) + ground.kind[sourced],
        )


def _start(chance: Mapping[str, Floats], possible: Possible, settings: LinkSettings) -> Weights:
    sources = len(possible.by_sources)
    empty = _Data.of(Patterns.of(pl.Series(dtype=pl.UInt64)), sources)
    u = {}
    for feature in COMPARED:
        values = np.where(np.arange(len(LEVELS[feature])) == 0, 1.0, chance[feature])
        u[feature] = np.broadcast_to(values, (sources, CROWDS + 1, len(values)))
    u["family"] = _household_u(empty, np.zeros(0), chance["family"], settings)
    elsewhere = min(0.2, settings.matches_elsewhere / max(possible.profiles - 1, 1) * 2)
    near = {"building": settings.same_building_match, "alike": settings.same_building_match}
    at_places = settings.same_place_match * household(settings)[1:]
    share = np.append([near.get(name, elsewhere) for name in LEVELS["address"]], np.maximum(at_places, elsewhere))
    overall = float((share * possible.by_ground).sum() / max(possible.by_ground.sum(), 1.0))
    return Weights(
        m={f: _m_step(f, empty, np.zeros(0), settings) for f in COMPARED},
        u=u,
        match_share=share,
        overall_match_share=max(overall, 1e-12),
        source_lift=np.ones((sources, len(GROUNDS))),
        document_share=_document_share(empty, np.zeros(0), settings),
        rounds=0,
    )


def _m_step(feature: str, data: _Data, matches: Floats, settings: LinkSettings) -> Floats:
    """m per pair of sources, drawn to the pooled m, which is drawn to the prior. Level 0 is set to 1 (no weight).

    matches: how many are expected among the pairs of each unbiased pattern.
    """
    size = len(LEVELS[feature])
    counts = np.zeros((data.source_pairs, size))
    if feature in M_LEARNED:
        counts += np.bincount(data.levels[feature], matches, counts.size).reshape(counts.shape)
        counts[:, 0] = 0.0
    pooled = normalised(counts.sum(axis=0) + settings.m_prior_pairs * prior_of(feature, settings.m_prior))
    m = counts + settings.m_source_pairs * pooled
    m /= m.sum(axis=1, keepdims=True)
    m[:, 0] = 1.0
    return np.asarray(m)


def _household_u(data: _Data, others: Floats, chance: Floats, settings: LinkSettings) -> Floats:
    """u of the surname (pair of sources, size of place, level): of strangers (size 0, `chance`) and of two different
    people of one place, of whom `others` are expected per pattern of `data.strangers`.

    Per size of place drawn to the prior, and per pair of sources to that: who owns lives with kin more than who rents,
    and two registers of owners then share surnames more than two lists of tenants.
    """
    size = len(LEVELS["family"])
    counts = np.bincount(data.households, others, data.source_pairs * (CROWDS + 1) * size)
    counts = counts.reshape(data.source_pairs, CROWDS + 1, size)
    counts[:, :, 0] = 0.0
    kin = settings.household_family_share * household(settings)[:, None]
    pooled = chance * (1 - kin)
    pooled[:, level("family", "exact")] += kin[:, 0]
    pooled = counts.sum(axis=0) + settings.household_prior_pairs * pooled
    pooled /= pooled.sum(axis=1, keepdims=True)
    u = counts + settings.m_source_pairs * pooled
    u[:, 0] = chance
    u /= u.sum(axis=2, keepdims=True)
    u[:, :, 0] = 1.0
    return np.asarray(u)


def _match_shares(
    data: _Data, expected: Floats, possible: Possible, prior: Floats, settings: LinkSettings
) -> tuple[Floats, float]:
    """Share of matches per level of address; the prior weighs as much as `match_prior_pairs` matches would, and at a
    place, where matches are common, as much as `household_prior_pairs` pairs.
    """
    found = np.bincount(data.share, expected, len(possible.by_ground))
    pairs = possible.by_ground
    weight = np.minimum(settings.match_prior_pairs / prior, np.maximum(pairs, settings.match_prior_pairs))
    weight[len(LEVELS["address"]) :] = settings.household_prior_pairs
    share = (found + weight * prior) / (pairs + weight)
    overall = (share * pairs).sum() / max(pairs.sum(), 1.0)
    share[0] = overall  # an unknown address says nothing: the city's share
    return np.clip(share, 1e-12, 0.999), float(np.clip(overall, 1e-12, 0.999))


def _source_lift(data: _Data, expected: Floats, share: Floats, possible: Possible, settings: LinkSettings) -> Floats:
    """Matches of each pair of sources against what the shares by address foresee, per kind of ground.

    Papers of one source rarely name a person twice in two ways, papers of two sources do; a student list and a
    utility share people who moved, a utility and the owners of houses hardly any. At one place every pair that is
    compared is foreseen, elsewhere every pair there is: a level of address is taken to be as common among all sources.
    """
    lift = np.ones((data.source_pairs, len(GROUNDS)))
    found = np.bincount(data.kinds, expected[data.sourced], lift.size).reshape(lift.shape)
    size = len(LEVELS["address"])
    of_sources = possible.by_sources / max(possible.by_sources.sum(), 1.0)
    for kind in range(1, len(GROUNDS)):
        if kind == _AT_PLACE:
            here = data.sourced[data.kinds % len(GROUNDS) == kind]
            foreseen = _per_source(data, here, data.count[here] * share[data.share[here]])
        else:
            foreseen = of_sources * (possible.by_ground * share)[:size][kind == KIND_OF_ADDRESS].sum()
        lift[:, kind] = (found[:, kind] + settings.match_prior_pairs) / (foreseen + settings.match_prior_pairs)
    return lift


def _document_share(data: _Data, expected: Floats, settings: LinkSettings) -> Floats:
    """How often two names of one document are one person, per pair of sources, drawn to the prior."""
    found, pairs = (_per_source(data, data.on_paper, values[data.on_paper]) for values in (expected, data.count))
    prior = settings.m_prior_pairs * settings.same_document_match
    return np.asarray((found + prior) / (pairs + settings.m_prior_pairs))


def _per_source(data: _Data, patterns: Codes, values: Floats) -> Floats:
    """Sum per pair of sources of `values`, one to each of these patterns."""
    return np.bincount(data.sources[patterns], weights=values, minlength=data.source_pairs).astype(np.float64)
