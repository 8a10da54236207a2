"""The words in which a comparison is told: one sentence for each level of each feature, and for each constraint."""

from collections.abc import Mapping, Sequence
from typing import Any

FEATURE_NAMES: Mapping[str, str] = {
    "prior": "before looking",
    "address": "address",
    "document": "one document",
    "given": "given name",
    "family": "surname",
    "middle": "middle name",
    "suffix": "suffix (Jr, Sr)",
    "dob": "birth date",
    "identifier": "identifier",
    "name_pair": "names that go together",
}

LEVEL_WORDS: Mapping[tuple[str, str], str] = {
    ("given", "exact"): "the same",
    ("given", "nickname"): "one is a short form of the other",
    ("given", "initial"): "one is the initial of the other",
    ("given", "part"): "one is a part of the other",
    ("given", "typo"): "alike but for a slip of the pen",
    ("given", "near"): "somewhat alike",
    ("given", "middle_used"): "one goes by the other's middle name",
    ("given", "swapped"): "given name and surname exchanged",
    ("given", "different"): "different",
    ("family", "exact"): "the same",
    ("family", "part"): "one is a part of the other",
    ("family", "typo"): "alike but for a slip of the pen",
    ("family", "near"): "somewhat alike",
    ("family", "swapped"): "given name and surname exchanged",
    ("family", "different"): "different",
    ("middle", "exact"): "the same",
    ("middle", "initial"): "one is the initial of the other",
    ("middle", "different"): "different",
    ("suffix", "same"): "the same",
    ("suffix", "different"): "different",
    ("dob", "exact"): "the same",
    ("dob", "day_month"): "day and month exchanged",
    ("dob", "one_digit"): "one digit wrong, or two exchanged",
    ("dob", "one_part"): "year, month or day wrong",
    ("dob", "year"): "the year alone agrees",
    ("dob", "generation"): "so far apart as parent and child",
    ("dob", "different"): "different",
    ("identifier", "same"): "the same number in the same register",
    ("identifier", "different"): "different numbers in the same register",
    ("address", "same"): "the same dwelling",
    ("address", "building"): "the same building, not the same dwelling",
    ("address", "alike"): "alike but for a slip of the pen",
    ("address", "street"): "the same street, another number",
    ("address", "zip"): "the same ZIP code only",
    ("address", "different"): "different addresses",
    ("address", "missing"): "the address of one is not known",
    ("document", "same"): "named side by side in one document",
}

# Which columns of a mention a feature shows, where it shows any.
_VALUES: Mapping[str, tuple[str, ...]] = {
    "given": ("given",),
    "family": ("family",),
    "middle": ("middle",),
    "suffix": ("suffix",),
    "dob": ("dob",),
    "identifier": ("record_key",),
    "address": ("dwelling_id", "address_key"),
}


def feature_name(feature: str) -> str:
    """The feature in words; an unknown one by its own name."""
    return FEATURE_NAMES.get(feature, feature.replace("_", " "))


def level_words(feature: str, level: str | None, left: Mapping[str, Any], right: Mapping[str, Any]) -> str:
    """What was found, values first: `TOM and THOMAS: one is a short form of the other`."""
    if feature == "prior":
        return "any two names of two such sources, before anything is compared"
    if feature == "name_pair":
        return "this given name and this surname often go together here: less of a coincidence"
    words = LEVEL_WORDS.get((feature, level or ""), (level or "").replace("_", " "))
    one, other = _value(feature, left), _value(feature, right)
    if one is None and other is None:
        return words
    both = f"{one}, both" if one == other else f"{one or 'nothing'} and {other or 'nothing'}"
    return f"{both}: {words}"


def constraint_words(levels: Mapping[str, str], left: Mapping[str, Any], right: Mapping[str, Any]) -> tuple[str, ...]:
    """What cannot be one person, in words; empty where nothing stands against it. The rules are those of
    `matchers.clusters.against_bits`.
    """
    found = []
    if levels.get("document") == "same":
        found.append(f"{_paper(left, right)}: two names on one paper are two persons")
    if levels.get("suffix") == "different":
        found.append(f"{left['suffix']} and {right['suffix']} are two generations")
    return tuple(found)


def against_words(features: Sequence[str], bits: float) -> str:
    """A weaker objection: a feature that both sides give differs plainly."""
    named = ", ".join(feature_name(feature) for feature in features)
    return f"plainly different {named}: {bits:.1f} bits stand against joining the two"


def mention_words(mention: Mapping[str, Any]) -> str:
    """Where a mention stands and what it says: `lease_disclosures:12:name 'Tom Ross'`."""
    return f"{address_of(mention)} {str(mention['raw_name'])!r}"


def address_of(mention: Mapping[str, Any]) -> str:
    """`source:row:field`, with the part where a cell names several."""
    part = f":{mention['part']}" if mention["part"] else ""
    return f"{mention['source']}:{mention['row']}:{mention['field']}{part}"


def _value(feature: str, mention: Mapping[str, Any]) -> str | None:
    for column in _VALUES.get(feature, ()):
        if mention.get(column) is not None:
            return str(mention[column])
    return None


def _paper(left: Mapping[str, Any], right: Mapping[str, Any]) -> str:
    if left["source"] == right["source"] == "lease_disclosures":
        return f"both stand on one lease (rows {left['row']} and {right['row']})"
    if (left["source"], left["row"]) == (right["source"], right["row"]):
        return f"both are named in one row ({left['source']} row {left['row']})"
    return "both are named in one document"
