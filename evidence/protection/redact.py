"""A summary for one audience: what its readers may not see is left out, and what remains is still a whole summary.

Left out is the rule: each field is copied because it was decided that this audience may see it (`audiences.csv`, by the
tags of the rows behind it), and a field that nobody decided about is not copied. A fact that rests on a row that may
not be seen is withheld with the law that says so; withheld evidence keeps its side and its strength, so that no copy
hides that there is evidence against. The linkage graph is never part of a copy.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from evidence.protection.fields import Tags, law_of, tags_of_facts, tags_of_field, tags_of_rows
from evidence.protection.pseudonyms import ADDRESS_WITHHELD, Mask, letters, mask_of
from evidence.protection.purposes import rows_of
from evidence.protection.uses import STATEMENT, facts_without_use, without_use
from loaders.confidential.spoken import Participants

Json = dict[str, Any]

PARTICIPANTS: Final = (
    "Whoever may be a participant of the address confidentiality programme (title 24, article 30, part 21, C.R.S.) is "
    "not named in this copy; this is said of every dwelling alike."
)
_UNSAID: Final = "[withheld]"

KEPT: Final = (
    *("schema", "rule_pack", "window", "finding", "p_over_limit", "p_over_limit_low", "p_over_limit_high"),
    *("occupants", "persons_named", "persons_named_low", "persons_named_high", "unknown_occupants_mean", "sensitivity"),
    *("next_evidence", "absent_sources"),
)
"""Fields of a summary that name nobody: numbers, the law, what to ask for."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads a copy. sees: tags that may be shown; persons: one by one, or in numbers only."""

    name: str
    sees: Tags
    persons: bool
    dwelling: bool
    words: str


@cache
def audiences() -> Mapping[str, Audience]:
    """Every audience by name."""
    return {
        r["audience"]: Audience(
            r["audience"], frozenset(r["sees"].split()), r["persons"] == "yes", r["dwelling"] == "yes", r["words"]
        )
        for r in rows_of("audiences.csv")
    }


def redact(
    summary: Mapping[str, Any], audience: str, person_id: str | None = None, listed: Participants | None = None
) -> Json:
    """The copy of a summary.json for an audience; the same schema, so that every rendering takes it.

    person_id: for an occupant, the person of the summary who asks, and who sees all that is held of him or her. listed:
    the city's list of participants of the address confidentiality programme: whoever may be one of them stands in no
    copy, nor in one of his or her own, which somebody else may have asked for.
    Raises KeyError for an audience that is none, ValueError for a person of whom the summary says nothing.
    """
    reader = audiences()[audience]
    if person_id is not None and person_id not in [person["person_id"] for person in summary["persons"]]:
        raise ValueError(f"the summary has no person {person_id!r:.80}")
    return _Copy(summary, reader, person_id if audience == "occupant" else None, listed).made()


def participants_in(summary: Mapping[str, Any], listed: Participants) -> frozenset[str]:
    """The names in a summary that may be a participant's, as written: of a summary made before they were listed."""
    names = {text for person in summary["persons"] for text in _names_of(person)}
    for vehicle in summary["vehicles"]:
        names |= {vehicle["registered_owner"], *(one["display_name"] for one in vehicle["operators"])}
    return listed.named(filter(None, names))


def _names_of(person: Mapping[str, Any]) -> list[str]:
    return [*filter(None, [person["display_name"]]), *(naming["text"] for naming in person["named_by"])]


def withheld_facts(summary: Mapping[str, Any], audience: str, person_id: str | None = None) -> list[Json]:
    """The facts of a summary that rest on rows which the audience may not see: JSON pointer, tags, and their law."""
    sees = audiences()[audience].sees
    own = _rows_about(summary, person_id if audience == "occupant" else None)
    return [
        {"fact": pointer, "tags": sorted(tags - sees), "law": sorted({law_of(tag) for tag in tags - sees})}
        for pointer, tags in tags_of_facts(summary, own).items()
        if pointer and tags - sees
    ]


def _rows_about(summary: Mapping[str, Any], person_id: str | None) -> frozenset[tuple[str, int]]:
    """The rows (source, number) that name a person; none where nobody is asked about."""
    mine = (p for p in summary["persons"] if person_id is not None and p["person_id"] == person_id)
    return frozenset((naming["row"]["source"], naming["row"]["row"]) for p in mine for naming in p["named_by"])


class _Copy:
    """One copy in the making."""

    def __init__(
        self, summary: Mapping[str, Any], reader: Audience, own: str | None, listed: Participants | None
    ) -> None:
        self.summary, self.reader, self.listed = summary, reader, listed
        names = participants_in(summary, listed) if listed is not None else frozenset()
        self.protected = {p["person_id"] for p in summary["persons"] if not names.isdisjoint(_names_of(p))}
        self.own = None if own in self.protected else own
        self.hidden: Counter[str] = Counter()
        self.own_rows = _rows_about(summary, self.own)
        self.person_names = {
            person["person_id"]: self._visible_name(person) or f"Person {letters(n)}"
            for n, person in enumerate(summary["persons"])
        }
        self.vehicle_names = {
            vehicle["vehicle_id"]: vehicle["plate"] or f"V{n}" if self._own_car(vehicle) else f"V{n}"
            for n, vehicle in enumerate(summary["vehicles"], 1)
        }
        self.mask: Mask = mask_of(
            [(p, self.person_names[p["person_id"]]) for p in summary["persons"]],
            [(v, self.vehicle_names[v["vehicle_id"]], self._own_car(v)) for v in summary["vehicles"]],
            frozenset([*filter(None, [self.own]), *(n for p in summary["persons"] for n in self._visible_names(p))]),
        )

    def made(self) -> Json:
        s, reader = self.summary, self.reader
        copy: Json = {name: s[name] for name in KEPT}
        copy |= {
            "case_id": s["case_id"] if reader.dwelling else "case",
            "address": s["address"] if reader.dwelling else ADDRESS_WITHHELD,
            "dwelling_id": None,
            "opened_on": s["opened_on"],
            "complaint_type": None,
            "finding_sentence": self._sentence(),
            "rule": self._rule(),
            "dwelling_facts": facts_without_use(s["dwelling_facts"]) if reader.dwelling else [],
            "persons": [self._person(p) for p in s["persons"]] if reader.persons else [],
            "vehicles": [self._vehicle(v) for v in s["vehicles"]] if reader.persons else [],
            "guest_days": [self._nights(g) for g in s["guest_days"]] if reader.persons else [],
            "evidence_for": [self._item(item) for item in s["evidence_for"]],
            "evidence_against": [self._item(item) for item in s["evidence_against"]],
            "quarantined_rows": [],
        }
        copy["provenance"] = {
            "program": s["provenance"]["program"],
            "version": s["provenance"]["version"],
            "inputs": s["provenance"]["inputs"],
            "settings": {**s["provenance"]["settings"], "redacted_for": reader.name},
        }
        copy["limitations"] = [
            self._statement(),
            STATEMENT,
            *s["limitations"],
            *([] if self.listed is None else [PARTICIPANTS]),
        ]
        swept: Json = self._swept(copy)
        if self.listed is not None:
            swept = _without(swept, self.listed.spoken_of(_texts(swept)))
        return swept

    def _visible_names(self, person: Mapping[str, Any]) -> list[str]:
        """The names of a person as the sources that this reader may see write them; of oneself, all; of a participant
        none.
        """
        if person["person_id"] in self.protected:
            return []
        if self.own is not None and person["person_id"] == self.own:
            return _names_of(person)
        if not self.reader.persons:
            return []
        return [naming["text"] for naming in person["named_by"] if self._sees(naming["row"])]

    def _visible_name(self, person: Mapping[str, Any]) -> str | None:
        """The name to show: one's own as the summary has it, else the longest that may be seen."""
        names = self._visible_names(person)
        if self.own is not None and person["person_id"] == self.own and names:
            return names[0]
        return max(names, key=lambda text: (len(text), text)) if names else None

    def _own_car(self, vehicle: Mapping[str, Any]) -> bool:
        row = vehicle["registration"]
        return row is not None and (row["source"], row["row"]) in self.own_rows

    def _sees(self, row: Mapping[str, Any]) -> bool:
        if (row["source"], row["row"]) in self.own_rows:
            return True
        return tags_of_field(row["source"], row["field"]) <= self.reader.sees

    def _rows(self, rows: list[Json]) -> list[Json]:
        return [row for row in rows if self._sees(row)]

    def _person(self, person: Mapping[str, Any]) -> Json:
        mine = person["person_id"] == self.own
        name = self.person_names[person["person_id"]]
        named = person["display_name"] is not None
        if named and self._visible_name(person) is None:
            self.hidden["names of persons"] += 1
        return {
            **person,
            "person_id": person["person_id"] if mine else name,
            "display_name": name if named else None,
            "contributions": person["contributions"] if mine else [],
            "named_by": [
                n for n in person["named_by"] if self._sees(n["row"]) and person["person_id"] not in self.protected
            ],
            "vehicles": [self.vehicle_names[v] for v in person["vehicles"] if v in self.vehicle_names],
        }

    def _vehicle(self, vehicle: Mapping[str, Any]) -> Json:
        name = self.vehicle_names[vehicle["vehicle_id"]]
        if self._own_car(vehicle):
            return {**vehicle, "vehicle_id": name, "operators": []}
        self.hidden["plates and registrations"] += 1
        return {
            **vehicle,
            "vehicle_id": name,
            "plate": name,
            "plate_state": None,
            "description": "",
            "registered_owner": None,
            "registered_address": None,
            "operators": [],
            "readings": [],
        }

    def _nights(self, guest: Mapping[str, Any]) -> Json:
        mine = guest["subject_id"] == self.own
        name = self.person_names.get(guest["subject_id"], "Person")
        named = name if guest["display_name"] is not None else None
        return {
            **guest,
            "subject_id": guest["subject_id"] if mine else name,
            "display_name": named,
            "rows": self._rows(guest["rows"]),
        }

    def _item(self, item: Mapping[str, Any]) -> Json:
        hidden = tags_of_rows(row for row in item["rows"] if not self._sees(row))
        if not hidden:
            return {**item, "text": self.mask(item["text"])}
        self.hidden["pieces of evidence"] += 1
        laws = "; ".join(sorted({law_of(tag) for tag in hidden - self.reader.sees}))
        return {**item, "text": f"Withheld from this copy ({laws}).", "rows": self._rows(item["rows"])}

    def _sentence(self) -> str:
        """An exemption may tell of a shelter or a group home."""
        if self.summary["finding"] == "exempt":
            return "The dwelling is exempt from the limit."
        sentence: str = self.summary["finding_sentence"]
        for reason in self.summary["rule"]["undecided"]:
            sentence = sentence.replace(reason, without_use(reason))
        return self.mask(sentence)

    def _rule(self) -> Json:
        rule = self.summary["rule"]
        presumptions = [
            {
                **presumption,
                "readings": [
                    {**r, "vehicles": [self.vehicle_names.get(v, "Vehicle") for v in r["vehicles"]]}
                    for r in presumption["readings"]
                ],
            }
            for presumption in rule["presumptions"]
        ]
        undecided = [without_use(reason) for reason in rule["undecided"]]
        return {**rule, "presumptions": presumptions, "undecided": undecided}

    def _statement(self) -> str:
        parts = [f"{number} {what}" for what, number in sorted(self.hidden.items())]
        left_out = f"; withheld are {', '.join(parts)}" if parts else ""
        everybody = "" if self.reader.persons else ", all persons and vehicles"
        return (
            f"Copy for: {self.reader.words}{left_out}{everybody}, and who complained. Names such as Person A are those "
            "of this copy alone. The unredacted summary is with the city."
        )

    def _swept(self, value: Any) -> Any:
        """What a mask would replace stands nowhere, not even in a text that was thought to name nobody."""
        if isinstance(value, str):
            return self.mask.full(value)
        if isinstance(value, list):
            return [self._swept(part) for part in value]
        return {key: self._swept(part) for key, part in value.items()} if isinstance(value, dict) else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _without(value: Any, unsaid: Set[str]) -> Any:
    """The same without these texts."""
    if isinstance(value, str):
        return _UNSAID if value in unsaid else value
    if isinstance(value, list):
        return [_without(part, unsaid) for part in value]
    return {key: _without(part, unsaid) for key, part in value.items()} if isinstance(value, dict) else value
