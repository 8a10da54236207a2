"""Which rows and cells of a source are withheld because of a list of participants.

A row that names a participant goes as a whole, and with it the rows of the same plate, account or student number, in
this source and in those that are read by it. A row that is about something else (a parcel, a case) stays, and loses the
cells that name one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from loaders.confidential.blocklist import BlockList, plate_tokens, read_plates, tidied
from loaders.confidential.names import born_together, naming
from loaders.confidential.spoken import speaks
from loaders.confidential.withheld import Found, Withheld
from loaders.config import CitySettings
from loaders.normalize.addresses import parse_addresses

# Source -> columns that name a person, each with the column of his or her date of birth.
_NAMES: Final[dict[str, tuple[tuple[str, str | None], ...]]] = {
    "dmv_registrations": (("owner_name", "owner_dob"), ("co_owner_name", None)),
    "lease_disclosures": (("name", "date_of_birth"),),
    "utility_billing": (("billing_name", None),),
    "university_addresses": (("name", "date_of_birth"),),
    "assessor": (("owner_name", None),),
    "cases": (("owner_manager_name", None),),
    "judgements": (("left_says", None), ("right_says", None)),
}
_ADDRESS: Final = {
    "dmv_registrations": "owner_address",
    "lease_disclosures": "address",
    "utility_billing": "service_address",
    "university_addresses": "address",
    "assessor": "owner_mailing_address",
}
_IDENTIFIERS: Final = {
    "dmv_registrations": "vin",
    "utility_billing": "account_id",
    "utility_usage": "account_id",
    "university_addresses": "student_id",
}
_JOINED: Final = {"utility_billing": "account_id", "utility_usage": "account_id", "university_addresses": "student_id"}
"""Source -> the column by which its rows belong together; cars belong together by plate and state."""
_BY_PLATE: Final = ("dmv_registrations", "vehicle_log")
_BLANKED: Final = {"assessor": ("owner_name", "owner_mailing_address"), "cases": ("owner_manager_name",)}
"""Sources whose rows stay, and what they lose."""
_TEXTS: Final = {"cases": ("observations",), "vehicle_log": ("observer", "note")}
LATER: Final = ("vehicle_log", "utility_usage")
"""Sources read after those that say whose plates and accounts they hold."""


@dataclass(frozen=True, slots=True, repr=False)
class Withholder:
    """A list at work on one source. elsewhere: hashes of identifiers found on withheld rows of other sources."""

    source: str
    blocklist: BlockList
    settings: CitySettings
    elsewhere: frozenset[str] = frozenset()

    def __call__(self, typed: pl.DataFrame) -> Found:
        """See `withheld.Withhold`."""
        rows = frozenset(self._named(typed) | self._at_address(typed) | self._identified(typed))
        if self.source == "judgements":
            return Found(frozenset(), withheld=Withheld(len(rows), unspoken=tuple(sorted(rows))))
        texts = {column: self._spoken_of(typed, column) for column in _TEXTS.get(self.source, ())}
        if self.source in _BLANKED:
            cells = dict.fromkeys(_BLANKED[self.source], rows) | texts
            there = {column: rows for column, rows in cells.items() if column in typed.columns}
            return Found(frozenset(), there, Withheld(len(frozenset().union(*there.values()))))
        rows |= self._together(typed, rows)
        kept = {column: hit - rows for column, hit in texts.items()}
        held = typed.filter(pl.col("row").is_in(sorted(rows)))
        count = len(rows | frozenset().union(*kept.values()))
        return Found(rows, kept, Withheld(count, tuple(sorted(self._hashes(held)))))

    def _named(self, typed: pl.DataFrame) -> set[int]:
        found: set[int] = set()
        for column, birth in _NAMES.get(self.source, ()):
            if column not in typed.columns or self.blocklist.names.is_empty():
                continue
            names = naming(typed.get_column(column).drop_nulls().unique(), self.blocklist.names)
            born = pl.col(birth) if birth in typed.columns else pl.lit(None, pl.Date)
            rows = typed.select("row", raw=column, mine=born).join(names, on="raw")
            found.update(rows.filter(born_together(pl.col("mine"), pl.col("born"))).get_column("row"))
        return found

    def _at_address(self, typed: pl.DataFrame) -> set[int]:
        column, listed = _ADDRESS.get(self.source, ""), self.blocklist.addresses
        if column not in typed.columns or listed.is_empty():
            return set()
        numbers = listed.get_column("address_key").str.extract_all(r"[0-9]+").explode().drop_nulls().unique().to_list()
        texts = typed.get_column(column).drop_nulls().unique()
        near = texts.filter(texts.str.contains_any(numbers)) if numbers else texts
        read = parse_addresses(near, self.settings.default_city, self.settings.default_state)
        both = read.join(listed, on="address_key", suffix="_listed")
        # Where both give a ZIP code it decides; else the name of the city, where both give one.
        zips, cities = (pl.col(part) == pl.col(f"{part}_listed") for part in ("zip", "city"))
        here = both.filter(pl.coalesce(zips, cities, True)).select("raw").unique()
        return set(typed.join(here, left_on=column, right_on="raw", how="semi").get_column("row"))

    def _identified(self, typed: pl.DataFrame) -> set[int]:
        found: set[int] = set()
        column = _IDENTIFIERS.get(self.source)
        if column in typed.columns and (listed := self.blocklist.identifiers[column]):
            found.update(typed.filter(tidied(typed.get_column(column)).is_in(sorted(listed)))["row"])
        tokens = self._tokens(typed)
        if self.source in _BY_PLATE:
            found.update(tokens.filter(pl.col("token").is_in(sorted(self.blocklist.plates)))["row"])
        if self.elsewhere and tokens.height:
            every = tokens.get_column("token").unique()
            known = [token for token in every if self.blocklist.hashed(token) in self.elsewhere]
            found.update(tokens.filter(pl.col("token").is_in(known))["row"])
        return found

    def _together(self, typed: pl.DataFrame, rows: Iterable[int]) -> frozenset[int]:
        """Rows of the same plate, account or student as these."""
        tokens = self._tokens(typed).filter(~pl.col("token").str.ends_with("|*"))
        ours = tokens.filter(pl.col("row").is_in(sorted(rows)))
        if self.source == "vehicle_log":  # a plate half read in one row is no plate to look for in others
            return frozenset()
        return frozenset(tokens.join(ours, on="token", how="semi").get_column("row"))

    def _tokens(self, typed: pl.DataFrame) -> pl.DataFrame:
        """row, token: plates as `PLATE|STATE` and, of any state, `PLATE|*`; accounts and students as they are."""
        if self.source in _BY_PLATE and "plate" in typed.columns:
            states = typed.select(pl.col("^plate_state$"), none=pl.lit(None, pl.String)).to_series(0)
            read = read_plates(typed.get_column("plate"), states).with_columns(typed["row"]).drop_nulls("plate")
            own = read.select("row", token=pl.format("{}|{}", "plate", pl.col("state").fill_null("")))
            return pl.concat([own, read.select("row", token=pl.format("{}|*", "plate"))])
        column = _JOINED.get(self.source)
        if column not in typed.columns:
            return pl.DataFrame(schema={"row": pl.UInt32, "token": pl.String})
        return typed.select("row", token=tidied(typed.get_column(column))).drop_nulls("token")

    def _hashes(self, held: pl.DataFrame) -> set[str]:
        """Of these rows: what other sources may say of the same cars and accounts."""
        if self.source == "utility_billing":
            return {self.blocklist.hashed(token) for token in self._tokens(held)["token"]}
        if self.source != "dmv_registrations" or "plate" not in held.columns:
            return set()
        read = read_plates(held["plate"], held["plate_state"]).drop_nulls("plate").unique()
        tokens = (token for plate, state in read.iter_rows() for token in plate_tokens(plate, state))
        return {self.blocklist.hashed(token) for token in tokens}

    def _spoken_of(self, typed: pl.DataFrame, column: str) -> frozenset[int]:
        """Rows whose free text names a participant or a plate of one."""
        if column not in typed.columns:
            return frozenset()
        return frozenset(typed.filter(speaks(column, self.blocklist))["row"])
