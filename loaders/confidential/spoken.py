"""Whether a text that is already written speaks of a participant: a name, a sentence, a plate."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from loaders.confidential.blocklist import BlockList
from loaders.confidential.names import naming
from loaders.normalize.text import words_only


@dataclass(frozen=True, slots=True, repr=False)
class Participants:
    """A city's list, to be asked about documents that were made before somebody was put on it."""

    blocklist: BlockList

    def named(self, names: Iterable[str]) -> frozenset[str]:
        """Those of some written names that may be a participant's; without a date of birth, everybody of the name."""
        found = naming(pl.Series("raw", sorted(set(names)), dtype=pl.String), self.blocklist.names)
        return frozenset(found.get_column("raw"))

    def spoken_of(self, texts: Iterable[str]) -> frozenset[str]:
        """Those of some texts in which a participant's name or plate stands."""
        frame = pl.DataFrame({"text": sorted(set(texts))}, schema={"text": pl.String})
        return frozenset(frame.filter(speaks("text", self.blocklist)).get_column("text"))


def speaks(column: str, blocklist: BlockList) -> pl.Expr:
    """Whether a column of free text names a participant or a plate of one."""
    plates = [f" {token.partition('|')[0]} " for token in blocklist.plates if "?" not in token]
    wanted = sorted({*blocklist.phrases, *plates})
    if not wanted:
        return pl.lit(value=False)
    return pl.concat_str(pl.lit(" "), words_only(pl.col(column)), pl.lit(" ")).str.contains_any(wanted)
