"""The list of a city at work while its sources are loaded."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from loaders import files
from loaders.confidential.blocklist import NAME, BlockList, read_list
from loaders.confidential.rows import LATER, Withholder
from loaders.confidential.withheld import Withheld
from loaders.config import CityFile, CitySettings
from loaders.errors import AmbiguousInput
from loaders.formats.raw import RawTable, Remark
from loaders.refused import WITHHELD
from loaders.sources.base import Source

TOLD: Final = ("dmv_registrations", "utility_billing", "utility_usage", "university_addresses", "assessor")
"""Sources of which it is told how many rows were withheld: those of the whole city. The others hold the dwellings under
investigation, and to count there would say that a participant is at one of them."""


@dataclass(frozen=True, slots=True)
class Confidential:
    """What a loaded city keeps of its list: where it is, and nothing of what stands in it.

    identifiers: keyed hashes of the plates and accounts of withheld rows. unspoken: rows of `judgements` that speak of
    a participant, and are neither obeyed nor shown.
    """

    path: Path
    identifiers: frozenset[str] = frozenset()
    unspoken: frozenset[int] = frozenset()


class Protection:
    """Asked source by source, in `order`: what is withheld of one decides on the next."""

    def __init__(self, blocklist: BlockList, settings: CitySettings, known: Iterable[str] = ()) -> None:
        self._blocklist, self._settings = blocklist, settings
        self._identifiers = set(known)
        self._unspoken: tuple[int, ...] = ()

    @classmethod
    def of_folder(cls, folder: Path, written: CityFile, listing: files.Listing) -> "Protection | None":
        """None where no list is named and none lies there. Raises UserError."""
        path = list_of(folder, written, listing)
        settings = written.settings()
        return None if path is None else cls(read_list(path, settings), settings)

    def withholder(self, source: str) -> Withholder:
        """What takes records out of one source."""
        return Withholder(source, self._blocklist, self._settings, self._elsewhere(source))

    def withheld_by(self, source: str) -> str:
        """Changes with everything that decides what is withheld of the source."""
        parts = [self._blocklist.digest, *sorted(self._elsewhere(source))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def learn(self, withheld: Withheld) -> None:
        """Whose plates and accounts were on the rows withheld of one source."""
        self._identifiers.update(withheld.identifiers)
        self._unspoken += withheld.unspoken

    def kept(self) -> Confidential:
        """After the last source."""
        return Confidential(self._blocklist.path, frozenset(self._identifiers), frozenset(self._unspoken))

    def _elsewhere(self, source: str) -> frozenset[str]:
        return frozenset(self._identifiers) if source in LATER else frozenset()


def under(confidential: Confidential, settings: CitySettings, own: Path | None) -> Protection:
    """The list of a city at work on a case folder; own: a list in that folder, which would be a second one."""
    if own is not None:
        raise AmbiguousInput(f"{own.name} lies in a case folder: the city's list holds; add to that one")
    return Protection(read_list(confidential.path, settings), settings, confidential.identifiers)


def list_of(folder: Path, written: CityFile, listing: files.Listing) -> Path | None:
    """Where the list of a city folder is. Raises AmbiguousInput where a file there may be one and is not named so."""
    protection = written.protection
    named = folder / protection.address_confidentiality if protection else None
    others = [path for path in listing.confidential if named is None or path.resolve() != named.resolve()]
    if named is not None and others:
        raise AmbiguousInput(
            f"evidence.toml names the list of confidential addresses, and {others[0].name} may be another; keep one"
        )
    if named is not None or not others:
        return named
    path = others[0]
    extension = files.extension_of(path.name)
    if len(others) > 1 or extension is None or path.name[: -len(extension)].lower() != NAME:
        names = " and ".join(other.name for other in others)
        raise AmbiguousInput(
            f"{names}: a list of confidential addresses is called {NAME}.csv (or {', '.join(files.EXTENSIONS)}), or "
            f"named under [protection] in {files.SETTINGS_FILE}; there can be one"
        )
    return path


def in_order(sources: Sequence[Source], protection: Protection | None) -> list[list[Source]]:
    """The order in which sources are read, with those that need not wait for one another together: `cases`, without
    which nothing can be done; the others; and with a list, one by one, those whose rows are known by what others say.
    """
    first = [source for source in sources if source.name == "cases"]
    later = [source for source in sources if protection is not None and source.name in LATER]
    return [first, [source for source in sources if source not in (*first, *later)], *([source] for source in later)]


def unshown(table: RawTable) -> RawTable:
    """The table without what stands in rows and cells that could not be read, since that may name anybody."""

    def hidden(remarks: tuple[Remark, ...]) -> tuple[Remark, ...]:
        return tuple(replace(remark, value=WITHHELD) for remark in remarks)

    return replace(table, rejected=hidden(table.rejected), faults=hidden(table.faults))
