"""The rule packs that cases name, and what becomes of a case that names none that can be used.

Such a name is a bad optional cell: it is reported, and the case stays and is held against the city's own pack, so that
its evidence can be seen. But nothing is found under a law that the case does not name.
"""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from evidence.rules.pack import DEFAULT_PACK, RulePack, find_pack, pack_asked_for
from loaders import quarantine
from loaders.city import City
from loaders.errors import UserError

IN_DOUBT = "law_in_doubt"


def packs_named(city: City) -> list[str]:
    """The rule packs that a city and its cases name, shipped ones and files."""
    return sorted(set(city.frame("cases")["rule_pack"].drop_nulls()) | {_default(city)})


def packs_of(city: City, names: Iterable[str | None]) -> list[RulePack]:
    """The packs under which cases that name these are answered (None: the city's own), in the order of their names.

    Raises UnknownPack, MissingInput, NotPermitted or InvalidPack where the city's own cannot be used.
    """
    default = _default(city)
    own = find_pack(default, city.folder)
    others = {name: _pack_or_why(name, city.folder)[0] for name in names if name is not None}
    usable = {name: pack for name, pack in {**others, default: own}.items() if pack is not None}
    return [usable[name] for name in sorted(usable)]


def by_pack(cases: pl.DataFrame, override: str | None, city: City) -> list[tuple[RulePack, pl.DataFrame]]:
    """Cases split by the pack that applies: the one asked for, the case's own, the city's, the default. Sorted by pack.

    A pack is named, or is a .toml file: the one asked for anywhere, those of a city and its cases inside its folder.
    Adds `law_in_doubt` (String): why the pack that a case names cannot be used; null where nothing is in doubt.
    Raises UnknownPack, MissingInput, NotPermitted or InvalidPack for the pack asked for, or the city's own.
    """
    if override:
        return [(pack_asked_for(override), undoubted(cases))] if cases.height else []
    default = _default(city)
    why: dict[str, str] = {}
    for name in cases["rule_pack"].drop_nulls().unique().sort():
        pack, reason = _pack_or_why(name, city.folder)
        if pack is None:
            why[name] = f"the case names the rule pack {name!r:.80}, which cannot be used ({reason})"
    doubt = pl.col("rule_pack").replace_strict(why, default=None, return_dtype=pl.String)
    marked = cases.with_columns(doubt.alias(IN_DOUBT)).with_columns(
        pack_id=pl.when(pl.col(IN_DOUBT).is_null()).then("rule_pack").fill_null(default)
    )
    return [
        (find_pack(str(name[0]), city.folder), part.drop("pack_id"))
        for name, part in sorted(marked.group_by("pack_id", maintain_order=True), key=lambda item: str(item[0]))
    ]


def undoubted(cases: pl.DataFrame) -> pl.DataFrame:
    """Cases with `law_in_doubt` null."""
    return cases.with_columns(pl.lit(None, pl.String).alias(IN_DOUBT))


def doubts(city: City, cases: pl.DataFrame) -> pl.DataFrame:
    """A warning (`loaders.quarantine.SCHEMA`) for each case whose law is in doubt. cases: parts of `by_pack`."""
    faults = cases.filter(pl.col(IN_DOUBT).is_not_null()).select(
        "row",
        pl.lit("rule_pack").alias("column"),
        pl.col("rule_pack").alias("value"),
        pl.format("{}; nothing is found until it is corrected", IN_DOUBT).alias("reason"),
    )
    report = city.reports.get("cases")
    return quarantine.stamp(quarantine.gather([faults]), "cases", report.file if report else "")


def _pack_or_why(name: str, folder: Path) -> tuple[RulePack | None, str]:
    try:
        return find_pack(name, folder), ""
    except UserError as error:
        return None, str(error)


def _default(city: City) -> str:
    return city.settings.rule_pack or DEFAULT_PACK
