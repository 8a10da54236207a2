"""Make, model and colour as evidence: log2 of P(written | the vehicle's) over P(written), missing is neutral.

Agreement on a rare make says more than on a common one; colours are written as their neighbours at night; sister
makes are taken for one another; a model is compared by text, since logs hold `Civic`, `CIVIC LX` and `CVC`.
"""

import numpy as np
import polars as pl
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from matchers.plate_settings import PlateSettings

_COLOR_NEIGHBOURS: tuple[tuple[str, ...], ...] = (
    ("SIL", "GRY", "WHI", "TAN", "ALU", "COM", "LBL"),
    ("GRY", "BLK", "DBL", "TPE"),
    ("BLK", "DBL", "BRO", "DGR", "GRY", "PLE"),
    ("BLU", "DBL", "LBL", "TRQ", "TEA"),
    ("GRN", "DGR", "LGR", "TEA", "TRQ"),
    ("TAN", "BGE", "GLD", "CRM", "BRZ", "CPR", "TPE", "BRO"),
    ("RED", "MAR", "ONG", "BRO", "CPR", "PNK"),
    ("PLE", "MAR", "LAV", "MVE", "AME"),
    ("YEL", "GLD", "ONG", "CRM"),
    ("WHI", "CRM", "BGE"),
)
"""First colour: those it is written as under street lamps and by taste. Applied both ways. NCIC codes; ours."""

_SISTER_MAKES: tuple[tuple[str, ...], ...] = (
    ("CHEV", "GMC", "PONT", "BUIC", "OLDS", "SATR", "CADI", "GEO"),
    ("FORD", "MERC", "LINC"),
    ("DODG", "CHRY", "PLYM", "JEEP", "RAM", "EGIL"),
    ("TOYT", "LEXS", "SCIO"),
    ("HOND", "ACUR"),
    ("NISS", "INFI", "DATS"),
    ("HYUN", "KIA", "GENS"),
    ("VOLK", "AUDI", "PORS"),
    ("MERZ", "MNNI", "BMW"),
)
"""Makes of one maker that share bodies: common knowledge of the trade, no error rates known."""

_PSEUDO_COUNT = 5.0
_AGREE, _NEAR = 0.92, 0.80
_MODEL_BITS_LIMIT = 5.0


def _pairs(groups: tuple[tuple[str, ...], ...], first_only: bool) -> set[tuple[str, str]]:
    found = set()
    for group in groups:
        for left in group[:1] if first_only else group:
            found |= {(left, right) for right in group} | {(right, left) for right in group}
    return {(left, right) for left, right in found if left != right}


_NEAR_COLORS = _pairs(_COLOR_NEIGHBOURS, first_only=True)
_NEAR_MAKES = _pairs(_SISTER_MAKES, first_only=False)


def frequencies(counts: pl.DataFrame) -> dict[str, float]:
    """Share of each value (value, count), smoothed; `""` holds the share of a value never seen."""
    counts = counts.sort("count", "value", descending=True)
    total = float(counts["count"].sum()) + _PSEUDO_COUNT * (len(counts) + 1)
    shares = {row[0]: (row[1] + _PSEUDO_COUNT) / total for row in counts.iter_rows()}
    return {**shares, "": _PSEUDO_COUNT / total}


def _code_bits(
    pairs: pl.DataFrame, shares: dict[str, float], near: set[tuple[str, str]], error: float, near_rate: float
) -> list[float]:
    """Bits of each distinct (written, true) pair of codes."""
    bits = []
    for written, true in pairs.iter_rows():
        base = shares.get(written, shares[""])
        around = sum(shares.get(other, shares[""]) for one, other in sorted(near) if one == true) or 1.0
        kept = 1 - error - (near_rate if any(one == true for one, _ in near) else 0.0)
        given = error * base + (kept if written == true else 0.0)
        if (true, written) in near:
            given += near_rate * base / around
        bits.append(float(np.log2(given / base)))
    return bits


def _model_text(model: pl.Expr) -> pl.Expr:
    return model.str.to_uppercase().str.replace_all(r"[^A-Z0-9]+", " ").str.strip_chars(" ")


def _model_bits(pairs: pl.DataFrame, shares: dict[str, float], error: float) -> pl.Series:
    """Bits of each distinct (written, true) pair of model texts: agree, near, or not."""
    texts = pairs.select(_model_text(pl.col("written")), _model_text(pl.col("true")))
    squeezed = texts.select(pl.all().str.replace_all(" ", "", literal=True))
    alike = cpdist(squeezed["written"].to_list(), squeezed["true"].to_list(), scorer=JaroWinkler.similarity)
    head = squeezed["written"].str.slice(0, 3) == squeezed["true"].str.slice(0, 3)
    one_word = texts["written"].str.split(" ").list.first() == texts["true"].str.split(" ").list.first()
    base = np.array([shares.get(true, shares[""]) for true in pairs["true"]])
    agree = np.minimum(np.log2((1 - error) / np.minimum(base * 2, 0.5)), _MODEL_BITS_LIMIT)
    level = np.where(
        (alike >= _AGREE) | one_word.to_numpy(),
        agree,
        np.where((alike >= _NEAR) & head.to_numpy(), agree / 2, np.log2(error)),
    )
    blank = (squeezed["written"] == "") | (squeezed["true"] == "")
    return pl.Series(np.where(blank.to_numpy(), 0.0, level))


ASPECTS = ("make", "model", "color")


def bits_of(name: str, pairs: pl.DataFrame, registry: pl.DataFrame, settings: PlateSettings) -> pl.Series:
    """Bits of distinct pairs of texts (written, true; no nulls) of one of the `ASPECTS`; make and colour as codes.

    registry: about, value, count of the registered vehicles, for how common each is.
    """
    shares = frequencies(registry.filter(pl.col("about") == name).select("value", "count"))
    if name == "model":
        bits = _model_bits(pairs, shares, settings.model_error_rate)
    elif name == "make":
        rates = settings.make_error_rate, settings.sibling_make_rate
        bits = pl.Series(_code_bits(pairs, shares, _NEAR_MAKES, *rates), dtype=pl.Float64)
    else:
        rates = settings.color_error_rate, settings.color_neighbour_rate
        bits = pl.Series(_code_bits(pairs, shares, _NEAR_COLORS, *rates), dtype=pl.Float64)
    return bits.cast(pl.Float64) * settings.description_weight


def excused_models(pairs: pl.DataFrame) -> pl.DataFrame:
    """bits_make, bits_model, bits_color: a wrong make excuses a wrong model, as they are one error."""
    excused = (pl.col("bits_make") < 0) & (pl.col("bits_model") < 0)
    return pairs.with_columns(bits_model=pl.when(excused).then(0.0).otherwise("bits_model"))


def description_bits(pairs: pl.DataFrame, registry: pl.DataFrame, settings: PlateSettings) -> pl.DataFrame:
    """Add bits_make, bits_model, bits_color to pairs of a sighting and a vehicle; 0 where a side is missing.

    pairs: make, model, color (written; make and colour as codes) and true_make, true_model, true_color.
    registry: as `bits_of` takes it.
    """
    for name in ASPECTS:
        sides = {"written": name, "true": f"true_{name}"}
        distinct = pairs.select(**sides).drop_nulls().unique().sort("written", "true")
        bits = distinct.with_columns(bits_of(name, distinct, registry, settings).alias(f"bits_{name}"))
        pairs = pairs.join(
            bits, left_on=list(sides.values()), right_on=list(sides), how="left", maintain_order="left"
        ).with_columns(pl.col(f"bits_{name}").fill_null(0.0))
    return excused_models(pairs)
