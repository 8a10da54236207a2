"""A case folder laid over a city: the case's own rows in the place of the city's."""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

import polars as pl

from loaders.city import City

CASE_FOLDER: Final = " (case folder)"
"""After the name of a source: its report, where a case was laid over the city."""
_CASE_SOURCES: Final = ("cases", "vehicle_log", "lease_disclosures")
"""What a case folder may replace."""


def overlay(city: City, case_folder: City) -> City:
    """Lay a case folder over a city: its cases replace the city's rows of the same case_id.

    `cases`, `vehicle_log` and `lease_disclosures` rows of those cases come from the folder where it has them; every
    other source stays the city's. So that a row number still names one row of a frame, the folder's rows are
    numbered on from the city's last; its reports, kept under "<source> (case folder)", say by how much (`first_row`).
    """
    ids = case_folder.frame("cases").get_column("case_id").unique().implode()
    frames: dict[str, pl.DataFrame] = {}
    reports = dict(city.reports)
    for name in _CASE_SOURCES:
        if name not in case_folder.present:
            continue
        kept = city.frame(name).filter(~pl.col("case_id").is_in(ids) | pl.col("case_id").is_null())
        last = kept.select(pl.col("row").max().fill_null(0)).item()
        added = case_folder.frame(name).with_columns(pl.col("row", "duplicate_of") + pl.lit(last, pl.UInt32))
        frames[name] = pl.concat([kept, added]).sort("row")
        note = f"its row 1 is row {last + 1} of the city's frame, and so on"
        report = case_folder.reports[name]
        reports[f"{name}{CASE_FOLDER}"] = replace(
            report,
            file=f"{case_folder.folder.name}/{report.file}",
            notes=(*report.notes, note),
            first_row=last + 1,
        )
    place = pl.concat_str(pl.lit(f"{case_folder.folder.name}/"), "file").alias("file")
    return replace(
        city.with_frames(frames),
        reports=MappingProxyType(reports),
        quarantine=pl.concat([city.quarantine, case_folder.quarantine.with_columns(place)]),
        warnings=pl.concat([city.warnings, case_folder.warnings.with_columns(place)]),
        failures=(*city.failures, *case_folder.failures),
        present=city.present | case_folder.present.intersection(_CASE_SOURCES),
        under=city,
    )
