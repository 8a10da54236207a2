"""A synthetic town whose addresses are also written wrongly, in one known way each, with what is truly meant.

The rows are added to the vehicle registry of the town, where owners' addresses of the whole country stand, so that
everything else the city says is as the generator made it. Streets are renamed in the town's own rows instead: a new
name shows only in how many rows of how many sources use it.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import polars as pl

from benchmarks.address_kinds import KINDS, SLIPS, Rng
from evidence.synthetic import generate, pools
from loaders.city import City, load
from loaders.normalize.addresses import parse_addresses
from matchers.dwellings import Dwellings
from matchers.places import ADDRESS_COLUMNS

RENAMED: Final = (("OLD STAGE", "RD"), ("ROBERT E LEE", "AVE"), ("SQUAW VALLEY", "DR"))
RENAMED_SHARE: Final = 0.4  # of the registrations, university rows and accounts of such a street


@dataclass(frozen=True, slots=True)
class AddressCases:
    """`city`: the town with the cases among its rows. `cases`: address_text, kind, truth (true address_key; null: no
    dwelling of the list), building (of truth, without its unit).
    """

    city: City
    cases: pl.DataFrame


def address_cases(seed: int, per_kind: int = 150, scale: str = "town") -> AddressCases:
    """Cases of every kind, and of the renamed streets; the same seed gives the same cases."""
    with TemporaryDirectory() as folder:
        paths = generate(Path(folder) / "made", scale=scale, seed=seed)
        city = load(paths.city)
        true = pl.read_parquet(paths.truth / "all_dwellings.parquet").select("dwelling", dwelling_kind="kind")
    places = true.join(parse_addresses(true["dwelling"]), left_on="dwelling", right_on="raw", how="left").sort(
        "dwelling"
    )
    places = places.filter(pl.col("number").is_not_null() & pl.col("suffix").is_not_null())
    rng = np.random.default_rng(seed)
    city, renamed = _with_renamed_streets(rng, city, places)
    written = _written(rng, places, per_kind)
    # A text that two places wrote, or that the town has already, has no one truth.
    known = pl.concat([city.frame(source)[column].cast(pl.String) for source, column in ADDRESS_COLUMNS]).unique()
    written = written.filter(~pl.col("address_text").is_in(known.implode()) & pl.col("address_text").is_unique())
    return AddressCases(with_rows(city, written["address_text"]), pl.concat([written, renamed]))


def judged(cases: pl.DataFrame, found: Dwellings) -> pl.DataFrame:
    """`cases` whose truth the list has, or is that there is none.

    With best_p, best_key (address_key of the most probable answer; null: none), p_truth and right.
    """
    keys = parse_addresses(found.table["address"]).select(address="raw", key="address_key")
    table = found.table.join(keys, on="address").select("dwelling_id", "key")
    best = found.best.join(table, on="dwelling_id", how="left").select(
        "address_text", best_key="key", best_p="p_dwelling"
    )
    truth = (
        found.links.join(table, on="dwelling_id", how="left")
        .select("address_text", truth="key", p_truth="p_dwelling")
        .group_by("address_text", "truth")
        .agg(pl.col("p_truth").sum())
    )
    own_keys = parse_addresses(cases["address_text"]).select(address_text="raw", own_key="address_key")
    joined = (
        cases.join(best, on="address_text", how="left")
        .join(own_keys, on="address_text", how="left")
        .join(truth, on=["address_text", "truth"], how="left", nulls_equal=True)
    )
    # What the list does not have may become a dwelling of its own: that is no false resolution.
    own = pl.col("truth").is_null() & (pl.col("best_key") == pl.col("own_key")).fill_null(False)
    listed = pl.col("truth").is_null() | pl.col("unit_lost") | pl.col("truth").is_in(table["key"].implode())
    return joined.filter(listed).with_columns(
        pl.col("p_truth").fill_null(0.0), right=pl.col("best_key").eq_missing(pl.col("truth")) | own
    )


def _written(rng: Rng, places: pl.DataFrame, per_kind: int) -> pl.DataFrame:
    texts, kinds, rows = [], [], []
    for kind, (needs, writer, _) in KINDS.items():
        able = places.with_row_index("place").filter(needs)
        for at in rng.choice(able.height, min(per_kind, able.height), replace=False):
            row = able.row(int(at), named=True)
            texts.append(writer(rng, {name: str(value or "") for name, value in row.items()}))
            kinds.append(kind)
            rows.append(row["place"])
    knows = pl.Series([KINDS[kind][2] for kind in kinds])
    made = pl.DataFrame({"address_text": texts, "kind": kinds, "knows": knows}).with_columns(
        *(places[column].gather(rows).alias(column) for column in ("address_key", "building_key", "unit"))
    )
    keys = parse_addresses(made["address_text"]).select(address_text="raw", written_key="building_key")
    is_place = pl.col("written_key").is_in(places["building_key"].unique().implode()).fill_null(value=False)
    slipped = pl.col("kind").is_in(list(SLIPS)) & is_place & (pl.col("written_key") != pl.col("building_key"))
    built = pl.col("kind").is_in(["number not built", "street not built"]) & is_place
    known = pl.col("knows") != ""
    return (
        made.join(keys, on="address_text", how="left", maintain_order="left")
        .filter(~(slipped | built).fill_null(value=False))
        .select(
            "address_text",
            "kind",
            truth=pl.when(known).then("address_key"),
            building=pl.when(known).then("building_key"),
            unit_lost=(pl.col("knows") == "building") & pl.col("unit").is_not_null(),
        )
    )


def with_rows(city: City, texts: pl.Series) -> City:
    """The city with one registration for each text; other columns are null."""
    frame = city.frame("dmv_registrations")
    last = frame["row"].max()
    start = int(last) + 1 if isinstance(last, int) else 1
    added = pl.DataFrame({"owner_address": texts}).with_columns(
        row=(pl.int_range(pl.len()) + start).cast(frame.schema["row"])
    )
    return replace(city, frames={**city.frames, "dmv_registrations": pl.concat([frame, added], how="diagonal")})


def _with_renamed_streets(rng: Rng, city: City, places: pl.DataFrame) -> tuple[City, pl.DataFrame]:
    """Streets of which the registers still write an earlier name in a share of their rows; and those cases."""
    streets = (
        places.group_by("street", "suffix")
        .agg(pl.len(), pl.col("predir").n_unique())
        .filter(pl.col("len").is_between(15, 80) & (pl.col("predir") == 1))
        .sort("len", "street", descending=True)
    )
    frames = dict(city.frames)
    cases = []
    for (street, suffix), (old, old_suffix) in zip(
        streets.select("street", "suffix").iter_rows(), RENAMED, strict=False
    ):
        one = re.compile(rf"^(\s*\d+\s+(?:[NSEW]\.? )?){street} (?:{suffix}|[A-Z][a-z]+)\b\.?", re.IGNORECASE)
        here = places.filter((pl.col("street") == street) & (pl.col("suffix") == suffix))
        keys = dict(here.group_by("building_key").len().iter_rows())
        for source, column in (("dmv_registrations", "owner_address"), ("university_addresses", "address"),
                               ("utility_billing", "service_address")):  # fmt: skip
            frame = frames[source]
            parsed = parse_addresses(frame[column], "FORT COLLINS").select("raw", "building_key", "address_key", "city")
            at = frame.select("row", raw=pl.col(column)).join(parsed, on="raw", how="left", maintain_order="left")
            new = []
            for _, raw, building, address, town in at.iter_rows():
                if building in keys and town == "FORT COLLINS" and one.match(raw) and rng.random() < RENAMED_SHARE:
                    text = one.sub(rf"\g<1>{old} {old_suffix}", raw)
                    new.append(text)
                    lost = address == building and keys[building] > 1
                    cases.append((text, "renamed street", address, building, lost))
                else:
                    new.append(raw)
            frames[source] = frame.with_columns(pl.Series(column, new, dtype=pl.String))
    found = pl.DataFrame(cases, schema=["address_text", "kind", "truth", "building", "unit_lost"], orient="row")
    return replace(city, frames=frames), found.unique("address_text", keep="first").sort("address_text")


def many_texts(count: int, seed: int = 1) -> tuple[pl.Series, pl.Series]:
    """The list's addresses of a city, and `count` distinct texts of them: ten for each, as they are and with slips."""
    rng = np.random.default_rng(seed)
    words, _ = pools.surnames()
    size = count // 10
    streets = max(1, size // 40)
    first, second = rng.integers(0, 2000, streets), rng.integers(0, 40, streets)
    names = [f"{words[a]} {pools.STREETS[b]}" if a % 3 else str(words[a]) for a, b in zip(first, second, strict=True)]
    kinds = ["as it is", "letter slip", "number crossed", "type missing", "ZIP code missing", "street and number alone"]
    writers = [KINDS[kind][1] for kind in kinds]
    parts = {"fraction": "", "predir": "", "postdir": "", "unit_type": "", "unit": ""}
    listed, written = [], set()
    for place in range(size):
        street, number = divmod(place, 40)
        true = {**parts, "number": str(100 * (street % 60) + 101 + 4 * number), "street": names[street % streets],
                "suffix": ("ST", "AVE", "DR", "CT")[street % 4], "zip": f"805{street % 5 + 21}"}  # fmt: skip
        listed.append(KINDS["as it is"][1](rng, true))
        for copy in range(10):
            mine = {**true, "unit_type": "APT", "unit": str(copy)} if copy > 5 else true
            written.add(writers[copy % len(writers)](rng, mine))
    while len(written) < count:
        written.add(
            f"{rng.integers(100, 9999)} {words[rng.integers(0, 3000)]} ST, {words[rng.integers(0, 3000)]}, CO 81000"
        )
    return pl.Series(listed), pl.Series(sorted(written))
