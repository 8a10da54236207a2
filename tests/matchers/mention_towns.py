"""A small invented town's mention frame with the truth, for the linkage tests: no file, no parser, only names.

Households of unrelated people, couples, and families (with now and then a Jr); each person is named by some of six
sources, at the dwelling or at a home elsewhere, with keying faults at a stated rate.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from evidence.scoring.clusters import b_cubed, pairwise
from loaders.normalize.names_tables import given_frequency, nickname_pairs, surname_frequency

LETTERS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, slots=True)
class Faults:
    """Rates per mention."""

    typo: float = 0.03
    nickname: float = 0.05
    initial: float = 0.04
    swap: float = 0.01
    dob_fault: float = 0.02
    dob_missing: float = 0.15
    middle_given: float = 0.5
    elsewhere: float = 0.3


def town(dwellings: int, seed: int, faults: Faults | None = None) -> pl.DataFrame:
    """Mention columns plus `truth` (person number)."""
    faults = faults or Faults()
    rng = np.random.default_rng(seed)
    given_table, family_table = given_frequency().head(800), surname_frequency().head(8000)
    given_p = given_table["share"].to_numpy() / given_table["share"].sum()
    family_p = family_table["share"].to_numpy() / family_table["share"].sum()
    nick = {a: b for a, b in nickname_pairs().iter_rows() if len(b) > 2}

    # drawn at once: a name at a time would take most of the time of a large town
    givens = iter(rng.choice(given_table["given"].to_numpy(), size=16 * dwellings, p=given_p).tolist())
    families = iter(rng.choice(family_table["family"].to_numpy(), size=6 * dwellings, p=family_p).tolist())

    def given_name() -> str:
        return str(next(givens))

    def family_name() -> str:
        return str(next(families))

    def born(low: int, high: int) -> date:
        return date(low, 1, 1) + timedelta(days=int(rng.integers(0, 365 * (high - low))))

    def misspelt(name: str) -> str:
        if len(name) < 4:
            return name
        at = int(rng.integers(1, len(name) - 1))
        kind = int(rng.integers(0, 4))
        letter = str(rng.choice(LETTERS))
        return (
            name[:at] + letter + name[at + 1 :],
            name[:at] + letter + name[at:],
            name[:at] + name[at + 1 :],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        )[kind]

    rows: list[dict[str, object]] = []
    truth = 0
    for dwelling in range(dwellings):
        people: list[tuple[str, str, str, str | None, date]] = []
        kind = rng.random()
        if kind < 0.4:
            people = [
                (given_name(), given_name(), family_name(), None, born(1978, 1990))
                for _ in range(int(rng.integers(1, 5)))
            ]
        else:
            family = family_name()
            people = [(given_name(), given_name(), family, None, born(1945, 1970)) for _ in range(2)]
            for _ in range(int(rng.integers(0, 3))):
                people.append((given_name(), given_name(), family, None, born(1975, 1990)))
            if rng.random() < 0.05:
                given, middle, _, _, _ = people[0]
                people[0] = (given, middle, family, "SR", people[0][4])
                people.append((given, middle, family, "JR", born(1975, 1990)))
        lease = f"lease:{dwelling}"
        for given, middle, family, suffix, dob in people:
            truth += 1
            for source, chance in (
                ("lease_disclosures", 0.7), ("dmv_registrations", 0.6), ("utility_billing", 0.3),
                ("utility_billing", 0.3), ("university_addresses", 0.4), ("university_addresses", 0.3),
                ("assessor", 0.1),
            ):  # fmt: skip
                if rng.random() > chance:
                    continue
                g, m, f = given, middle, family
                fault = rng.random()
                if fault < faults.typo:
                    g = misspelt(g)
                elif fault < 2 * faults.typo:
                    f = misspelt(f)
                if rng.random() < faults.nickname:
                    g = nick.get(g, g)
                if rng.random() < faults.initial:
                    g = g[0]
                if rng.random() < faults.swap:
                    g, f = f, g
                d: date | None = dob
                if source in ("utility_billing", "assessor") or rng.random() < faults.dob_missing:
                    d = None
                elif rng.random() < faults.dob_fault:
                    d = dob + timedelta(days=int(rng.integers(1, 9)))
                away = source in ("dmv_registrations", "university_addresses") and rng.random() < faults.elsewhere
                place = f"home-{truth}" if away and rng.random() < 0.7 else None if away else f"d-{dwelling}"
                rows.append(
                    {
                        "source": source, "given": g, "family": f, "dob": d,
                        "suffix": suffix if rng.random() < 0.6 else None,
                        "middle": None if rng.random() > faults.middle_given else m if rng.random() < 0.4 else m[0],
                        "dwelling_id": place, "address_key": place if place else f"far-{truth}",
                        "group_key": lease if source == "lease_disclosures" else None,
                        "record_key": f"student:{truth}" if source == "university_addresses" else None,
                        "truth": truth,
                    }
                )  # fmt: skip
    return mention_frame(rows)


def mention_frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Fill in what a row leaves out, and number the mentions."""
    texts = ("source", "given", "middle", "family", "suffix", "dwelling_id", "address_key", "building_key", "zip",
             "record_key", "group_key", "kind", "field", "raw_name")  # fmt: skip
    schema = {**dict.fromkeys(texts, pl.String), "dob": pl.Date, "p_dwelling": pl.Float64, "truth": pl.Int64}
    return (
        pl.DataFrame(rows, schema={k: v for k, v in schema.items() if any(k in row for row in rows)}, strict=False)
        .pipe(lambda f: f.with_columns(pl.lit(None, t).alias(k) for k, t in schema.items() if k not in f.columns))
        .with_columns(
            pl.col("source").fill_null("lease_disclosures"),
            pl.col("kind").fill_null("person"),
            pl.col("field").fill_null("name"),
            pl.col("p_dwelling").fill_null(1.0),
            pl.concat_str(["given", "middle", "family"], separator=" ", ignore_nulls=True).alias("raw_name"),
            pl.lit(0, pl.UInt8).alias("part"),
        )
        .with_row_index("mention_id")
        .with_columns((pl.col("mention_id") + 1).alias("row"))
    )


def pair_scores(mentions: pl.DataFrame) -> dict[str, float]:
    """Pairwise and B-cubed (`b_`) precision, recall and F1 of `person_id` against `truth`; 0 where there is none."""
    pairs = pairwise(mentions, ["truth"], ["person_id"])
    items = b_cubed(mentions, ["truth"], ["person_id"])
    scores = {
        "precision": pairs.precision, "recall": pairs.recall, "f1": pairs.f1,
        "b_precision": items.precision, "b_recall": items.recall, "b_f1": items.f1,
    }  # fmt: skip
    return {name: score or 0.0 for name, score in scores.items()}
