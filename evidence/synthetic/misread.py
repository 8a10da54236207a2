"""How a plate, make or colour that was seen comes to be written down."""

from functools import cache

from evidence.synthetic.chance import Generator
from evidence.synthetic.settings import WorldSettings
from loaders.tables import table

_COLOR_WORDS = {
    "WHI": ("white", "White", "wht", "WHI"), "SIL": ("silver", "Silver", "silver", "grey", "SIL"),
    "BLK": ("black", "Black", "blk", "dark"), "GRY": ("gray", "grey", "Gray", "silver"),
    "BLU": ("blue", "Blue", "dk blue", "BLU"), "RED": ("red", "Red", "maroon", "RED"),
    "GRN": ("green", "Green", "dk green", "GRN"), "TAN": ("tan", "gold", "beige", "TAN"),
    "MAR": ("maroon", "red", "Maroon", "burgundy"),
}  # fmt: skip
_OTHER_STATES = ("WY", "NE", "CO", "TX", "CA", "KS", "UT", "NM")


@cache
def lookalikes() -> dict[str, str]:
    """Character -> characters that it is taken for, from the vendors' equivalence sets."""
    out: dict[str, set[str]] = {}
    for row in table("plate_equivalence_sets")["characters"]:
        members = row.split(" ")
        for a in members:
            out.setdefault(a, set()).update(b for b in members if b != a)
    for a, b in (
        ("E", "F"),
        ("P", "F"),
        ("M", "N"),
        ("H", "N"),
        ("H", "M"),
        ("C", "G"),
        ("7", "1"),
        ("U", "V"),
        ("K", "X"),
        ("3", "8"),
    ):
        out.setdefault(a, set()).add(b)
        out.setdefault(b, set()).add(a)
    return {key: "".join(sorted(values)) for key, values in sorted(out.items())}


def plate_written(rng: Generator, plate: str, settings: WorldSettings, factor: float) -> str:
    """The plate as an observer of carelessness `factor` writes it: confusions, swaps, losses, unreadable places."""
    alike = lookalikes()
    out = list(plate)
    for i, c in enumerate(out):
        if rng.random() < settings.plate_char_error * factor:
            near = alike.get(c) if rng.random() < 0.85 else None
            if near is None:
                near = "0123456789" if c.isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
            out[i] = near[int(rng.integers(0, len(near)))]
    if rng.random() < settings.plate_transposed * factor and len(out) > 3:
        i = int(rng.integers(0, len(out) - 1))
        out[i], out[i + 1] = out[i + 1], out[i]
    if rng.random() < settings.plate_dropped * factor and len(out) > 3:
        del out[int(rng.integers(0, len(out)))]
    elif rng.random() < settings.plate_dropped * factor * 0.2:
        i = int(rng.integers(0, len(out)))
        out.insert(i, out[i])
    if rng.random() < settings.plate_unreadable * factor:
        for _ in range(1 + int(rng.random() < 0.4)):
            out[int(rng.integers(0, len(out)))] = "?*_"[int(rng.integers(0, 3))]
    text = "".join(out)
    style = rng.random()
    if style < 0.25 and len(text) >= 6:
        return text[:3] + "-" + text[3:]
    if style < 0.35 and len(text) >= 6:
        return text[:3] + " " + text[3:]
    return text.lower() if style > 0.95 else text


def state_written(rng: Generator, state: str, settings: WorldSettings, factor: float) -> str:
    """The state as written: often left out at home, sometimes wrong, sometimes spelled out."""
    missing = settings.state_missing * (1.2 if state == "CO" else 0.5)
    if rng.random() < missing:
        return ""
    if rng.random() < settings.state_wrong * factor:
        return _OTHER_STATES[int(rng.integers(0, len(_OTHER_STATES)))]
    spelled = {"CO": "Colorado", "NE": "Nebraska", "WY": "Wyoming", "TX": "Texas"}.get(state)
    return spelled if spelled and rng.random() < 0.1 else state


def car_written(rng: Generator, make: str, model: str, color: str, names: dict[str, str]) -> tuple[str, str, str]:
    """Make, model and colour as written; any may be missing, the make may be another's."""
    words = _COLOR_WORDS[color]
    shown = words[int(rng.integers(0, len(words)))] if rng.random() < 0.85 else ""
    name = names.get(make, make.title())
    u = rng.random()
    made = "" if u < 0.12 else make if u < 0.25 else name if u < 0.85 else name.upper()
    if rng.random() < 0.03:
        made = ("Honda", "Toyota", "Ford", "Subaru")[int(rng.integers(0, 4))]
    modelled = model.title() if rng.random() < 0.55 else ""
    return made, modelled, shown


@cache
def make_names() -> dict[str, str]:
    """NCIC make code -> name."""
    return dict(table("vehicle_makes").select("code", "name").iter_rows())
