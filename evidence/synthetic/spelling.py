"""How clerks and people write a name: order, initials, short forms, earlier surnames, slips of the pen."""

import numpy as np
import polars as pl

from evidence.synthetic import pools
from evidence.synthetic.chance import Generator, Ints, Texts, hit
from evidence.synthetic.settings import WorldSettings

_ACCENTED = {"GARCIA": "GARCÍA", "MARTINEZ": "MARTÍNEZ", "LOPEZ": "LÓPEZ", "HERNANDEZ": "HERNÁNDEZ", "PEREZ": "PÉREZ"}
_ACCENTED |= {"GONZALEZ": "GONZÁLEZ", "SANCHEZ": "SÁNCHEZ", "RAMIREZ": "RAMÍREZ", "JOSE": "JOSÉ", "JESUS": "JESÚS"}
_NEAR = {"A": "SE", "E": "AR", "I": "OU", "O": "IP", "S": "AZ", "N": "MH", "M": "N", "T": "RY", "R": "TE", "L": "K"}


def slip(rng: Generator, word: str) -> str:
    """One slip: a letter dropped, doubled, swapped with its neighbour, or replaced by a near one. Digits stay."""
    spots = [i for i, c in enumerate(word) if c.isalpha()]
    if len(spots) < 3:
        return word
    at = spots[int(rng.integers(1, len(spots)))]
    kind = int(rng.integers(0, 4))
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    near = _NEAR.get(word[at].upper(), "E")
    return word[:at] + near[int(rng.integers(0, len(near)))] + word[at + 1 :]


def slips(rng: Generator, words: Texts, share: float) -> Texts:
    """The words with one slip in a share of them."""
    out = words.copy()
    for i in np.flatnonzero(hit(rng, len(words), share)):
        out[i] = slip(rng, str(out[i]))
    return out


def parts_written(
    rng: Generator, persons: pl.DataFrame, who: Ints, settings: WorldSettings, own_hand: bool
) -> pl.DataFrame:
    """`given`, `middle`, `family`, `suffix` as somebody would put them down for persons `who` (row numbers).

    With `own_hand` people write their own names: short forms are common, accents are kept; a clerk copies papers.
    """
    size = len(who)
    columns = {c: persons[c].to_numpy()[who].astype(object) for c in ("given", "middle", "family", "suffix", "maiden")}
    given, family = columns["given"], columns["family"]
    short = pools.nicknames()
    for i in np.flatnonzero(hit(rng, size, settings.nickname if own_hand else settings.nickname / 4)):
        choices = short.get(str(given[i]))
        if choices:
            given[i] = choices[int(rng.integers(0, len(choices)))]
    maiden = (columns["maiden"] != "") & hit(rng, size, settings.maiden)
    family = np.where(maiden, columns["maiden"], family)
    half = hit(rng, size, 0.12)
    family = np.array(
        [f.split("-")[0].split(" ")[0] if h and len(f) > 9 else f for f, h in zip(family, half, strict=True)],
        dtype=object,
    )
    given, family = slips(rng, given, settings.name_typo / 2), slips(rng, family, settings.name_typo / 2)
    if own_hand:
        spanish = (persons["style"].to_numpy()[who] == 2) & hit(rng, size, 0.5)
        for i in np.flatnonzero(spanish):
            given[i], family[i] = (
                _ACCENTED.get(given[i], given[i]),
                " ".join(_ACCENTED.get(w, w) for w in family[i].split(" ")),
            )
    swapped = hit(rng, size, settings.name_swapped)
    given, family = np.where(swapped, family, given), np.where(swapped, given, family)
    u = rng.random(size)
    middle = columns["middle"]
    initial = np.array([m[:1] for m in middle], dtype=object)
    dropped = settings.middle_dropped
    middle = np.where(u < dropped, "", np.where(u < dropped + (1 - dropped) * 0.6, initial, middle))
    suffix = np.where(hit(rng, size, 0.2), "", columns["suffix"])
    names = ("given", "middle", "family", "suffix")
    return pl.DataFrame(
        dict(zip(names, (given, middle, family, suffix), strict=True)), schema=dict.fromkeys(names, pl.String)
    )


def joined(parts: pl.DataFrame, order: str, title: bool = False) -> pl.Series:
    """One cell per name. `order`: `family given` (DMV), `family, given`, or `given family`."""
    g, m, f, s = (pl.col(c) for c in ("given", "middle", "family", "suffix"))
    forms = {
        "family given": pl.concat_str([f, g, m, s], separator=" "),
        "family, given": pl.concat_str(
            [pl.concat_str([f, s], separator=" ").str.strip_chars() + ",", g, m], separator=" "
        ),
        "given family": pl.concat_str([g, m, f, s], separator=" "),
    }
    text = forms[order].str.replace_all(r" {2,}", " ").str.strip_chars()
    return parts.select((text.str.to_titlecase() if title else text).alias("name")).to_series()


def in_orders(rng: Generator, parts: pl.DataFrame, shares: dict[str, float], title: float = 0.0) -> Texts:
    """Each cell in one of several orders, drawn by share; a share of cells in title case."""
    size = parts.height
    pick = rng.random(size)
    out = np.full(size, "", dtype=object)
    low = 0.0
    for order, share in shares.items():
        here = (pick >= low) & (pick < low + share)
        out = np.where(here, joined(parts, order).to_numpy(), out)
        low += share
    titled = pl.Series(out, dtype=pl.String).str.to_titlecase().to_numpy()
    return np.where(hit(rng, size, title), titled, out)


def couple(first: pl.DataFrame, second: pl.DataFrame) -> pl.Series:
    """Two persons in one cell: 'SMITH JOHN & MARY', or 'SMITH JOHN & JONES MARY' with two surnames."""
    both = pl.DataFrame({"a": joined(first, "family given"), "b": joined(second, "family given")}).with_columns(
        pl.Series("same", first["family"] == second["family"]), pl.Series("short", second["given"])
    )
    return both.select(
        pl.when("same").then(pl.col("a") + " & " + pl.col("short")).otherwise(pl.col("a") + " & " + pl.col("b"))
    ).to_series()
