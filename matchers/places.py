"""The result of address resolution, as one value, and where addresses come from."""

from dataclasses import dataclass
from typing import Final

import polars as pl

ADDRESS_COLUMNS: Final = (
    ("assessor", "situs_address"),
    ("cases", "subject_address"),
    ("utility_billing", "service_address"),
    ("lease_disclosures", "address"),
    ("dmv_registrations", "owner_address"),
    ("university_addresses", "address"),
    ("assessor", "owner_mailing_address"),
)
"""Where the sources write addresses: source, column."""


@dataclass(frozen=True, slots=True)
class Dwellings:
    """The city's dwellings and what each written address means; columns in docs/frames.md.

    table: one row per dwelling, by dwelling_id. links: the distribution of each text over dwellings (null: none of
    them), sums to 1 per text. best: the most probable row of each text. cells: source, row, field, address_text of
    every address in the files.
    """

    table: pl.DataFrame
    links: pl.DataFrame
    best: pl.DataFrame
    cells: pl.DataFrame
