"""The list of participants: where it is, what may stand in it, and what is looked for because of it.

A list that cannot be understood in full stops the load: a participant who is passed over is not protected. No message
shows what stands in the list.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

import polars as pl

from loaders import canonical, files, headers, kinds
from loaders.confidential.names import incomplete, listed_names, phrases
from loaders.config import CitySettings
from loaders.errors import MissingColumn, UnreadableFile
from loaders.normalize.addresses import parse_addresses
from loaders.normalize.plates import normalize_plates, normalize_states
from loaders.schema import Canonical
from loaders.sources.base import Source
from loaders.sources.base import phrases as spelled

NAME: Final = files.CONFIDENTIAL
MOST_UNREADABLE: Final = 2
"""A plate read with so many unreadable characters may still be a participant's; with more it may be anybody's."""
_SHORTEST_PLATE: Final = 4  # a shorter one with two unreadable characters is nearly every plate
_IDENTIFIERS: Final = ("vin", "account_id", "student_id")


class AddressConfidentiality(Canonical):
    """Participants: each row gives one or more things by which their records are known, each by itself enough."""

    name = kinds.name("a name that the participant uses or has used")
    date_of_birth = kinds.date("date of birth of the person named; null: everybody of the name", kind="birth_date")
    plate = kinds.plate("plate of a vehicle")
    plate_state = kinds.text("its issuing state; null: of any state")
    vin = kinds.identifier("vehicle identification number")
    account_id = kinds.identifier("account number of utility_billing")
    student_id = kinds.identifier("the university's own key")
    address = kinds.address("substitute address; every record at it is withheld, whomever it names")
    note = kinds.text("for whoever keeps the list; not read")


_SOURCE: Final = Source(
    name=NAME,
    schema=AddressConfidentiality,
    aliases=spelled(
        name="participant | participant name | full name",
        date_of_birth="dob | birth date | birthdate",
        plate="license plate | plate number | tag",
        plate_state="state of plate | plate st",
        account_id="account | account number | account no",
        student_id="student number | student no",
        address="substitute address",
        note="notes | remark",
    ),
    one_of=(("name", "plate", "address", *_IDENTIFIERS),),
)


@dataclass(frozen=True, slots=True, repr=False)
class BlockList:
    """What is looked for. names: `names.listed_names`. plates, identifiers: tokens of `plate_tokens`, `tidy` texts.

    addresses: address_key, zip, city. digest: changes with everything that decides what is withheld. key: of the hashes
    of identifiers, known to nobody who does not have the list.
    """

    path: Path
    digest: str
    key: bytes
    names: pl.DataFrame
    plates: frozenset[str]
    identifiers: Mapping[str, frozenset[str]]
    addresses: pl.DataFrame

    @property
    def phrases(self) -> list[str]:
        """How names stand in a text of upper-case words."""
        return phrases(self.names)

    def hashed(self, token: str) -> str:
        """An identifier as it may be kept: only whoever has the list can tell which it is."""
        return hashlib.blake2b(token.encode(), key=self.key, digest_size=16).hexdigest()


def read_list(path: Path, settings: CitySettings) -> BlockList:
    """Raises UserError: the file is missing, may not be read, or does not say in full whom to protect."""
    found = files.read_table(path, lambda line: headers.score(_SOURCE, {}, line))
    table = found.table
    placement = headers.place(table.headers, _SOURCE, {})
    strange = [*placement.unplaced, *placement.refused]
    if strange:
        raise MissingColumn(
            f"{path.name}: the header {strange[0]!r:.60} is not one of {', '.join(_SOURCE.columns())}; rename the "
            "column or take it out, so that nobody is passed over"
        )
    headers.require(placement, table.headers, _SOURCE, path.name)
    content = canonical.canonicalise(table, placement, _SOURCE, path.name)
    for fault in pl.concat([content.quarantined, content.remarks]).head(1).iter_rows(named=True):
        raise _bad(path, fault["row"], f"{fault['column'] or 'the whole row'}: {fault['reason']}")
    frame = content.frame
    dated = frame.filter(pl.col("date_of_birth").is_not_null() & pl.col("name").is_null())
    _none(path, dated, "date_of_birth without a name")
    unread = incomplete(frame.get_column("name").drop_nulls().unique())
    _none(path, frame.filter(pl.col("name").is_in(unread.implode())), "name: no given and family name can be read")
    everything = frame.drop("note").write_csv()
    deciding = [found.sha256, settings.default_city, settings.default_state, everything]
    return BlockList(
        path=path,
        digest=hashlib.sha256(repr(deciding).encode()).hexdigest(),
        key=hashlib.sha256(f"identifiers of {everything}".encode()).digest(),
        names=listed_names(frame.select("name", "date_of_birth").drop_nulls("name").unique()),
        plates=_plates(path, frame),
        identifiers={column: frozenset(tidied(frame.get_column(column)).drop_nulls()) for column in _IDENTIFIERS},
        addresses=_addresses(path, frame, settings),
    )


def tidied(identifiers: pl.Series) -> pl.Series:
    """Letters and digits alone, without leading zeros: what Excel leaves of an account number."""
    text = identifiers.cast(pl.String).str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]+", "")
    return text.str.strip_chars_start("0")


def plate_tokens(plate: str, state: str | None) -> list[str]:
    """What a registered plate may look like to an observer who could not read up to two characters of it.

    With and without its state, since a log may not say it; a plate without one is that of any state.
    """
    masks = [at for count in range(MOST_UNREADABLE + 1) for at in combinations(range(len(plate)), count)]
    if len(plate) < _SHORTEST_PLATE:
        masks = [()]
    forms = ["".join("?" if place in mask else sign for place, sign in enumerate(plate)) for mask in masks]
    return [f"{form}|{of}" for form in forms for of in ((state, "") if state else ("*", ""))]


def read_plates(plates: pl.Series, states: pl.Series) -> pl.DataFrame:
    """plate, state: as every comparison reads them; a state written with the plate counts where none stands beside."""
    read = normalize_plates(plates)
    spelled_out = normalize_states(pl.concat([states, read["written_state"]]).drop_nulls().unique())
    frame = pl.DataFrame({"raw": plates, "beside": states}).join(read, on="raw", how="left", maintain_order="left")
    for written in ("beside", "written_state"):
        of = spelled_out.rename({"raw": written, "state": f"{written}_read"})
        frame = frame.join(of, on=written, how="left", maintain_order="left")
    return frame.select("plate", state=pl.coalesce("beside_read", "written_state_read"))


def _plates(path: Path, frame: pl.DataFrame) -> frozenset[str]:
    rows = frame.filter(pl.col("plate").is_not_null() | pl.col("plate_state").is_not_null())
    read = read_plates(rows["plate"], rows["plate_state"]).with_columns(rows["row"], said=rows["plate_state"])
    bad = pl.col("plate").is_null() | pl.col("plate").str.contains("?", literal=True)
    _none(path, read.filter(bad), "plate: no whole plate can be read")
    _none(path, read.filter(pl.col("said").is_not_null() & pl.col("state").is_null()), "plate_state: no such state")
    return frozenset(token for row in read.iter_rows(named=True) for token in plate_tokens(row["plate"], row["state"]))


def _addresses(path: Path, frame: pl.DataFrame, settings: CitySettings) -> pl.DataFrame:
    rows = frame.drop_nulls("address")
    read = parse_addresses(rows["address"], settings.default_city, settings.default_state)
    unread = read.filter(pl.col("address_key").is_null())
    _none(path, rows.join(unread, left_on="address", right_on="raw", how="semi"), "address: none that can be read")
    return read.select("address_key", "zip", "city").unique().sort(pl.all())


def _none(path: Path, rows: pl.DataFrame, what: str) -> None:
    if rows.height:
        raise _bad(path, rows["row"].min(), what)


def _bad(path: Path, row: object, what: str) -> UnreadableFile:
    return UnreadableFile(f"{path.name}: row {row}: {what}; mend the list, so that nobody is passed over")
