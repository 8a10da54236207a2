"""The Over-Occupancy & Housing Investigation form: what every source says of the dwelling, and what is still blank."""

from evidence.forms.facts import CaseFacts, rows_text
from evidence.forms.model import Cell, Copy, Section, Table
from evidence.forms.process import Said
from evidence.render.words import FINDINGS
from evidence.wording import percent

_NOT_GIVEN = "This source was not given: it was not searched, which is not the same as finding nobody."
TITLE = "Over-Occupancy & Housing Investigation"


def copies(facts: CaseFacts, said: Said) -> tuple[Copy, ...]:  # noqa: ARG001 - every form is made from the same two
    """One copy, for the file."""
    sections = (
        _complaint(facts),
        _zoning(facts),
        _assessor(facts),
        _registrations(facts),
        _listed(facts, "utility_billing", "Utilities", "Account holders at this address"),
        _listed(
            facts, "university_addresses", "University", "Students listed at this address",
            "Students may keep their address out of the list: a name that is not in it shows nothing.",
        ),
        _disclosure(facts),
        _log(facts),
        _interview(),
        _finding(facts),
    )  # fmt: skip
    return (Copy((), sections),)


def _complaint(facts: CaseFacts) -> Section:
    case = facts.case
    willing = case.get("witness_willing")
    return Section(
        "Complaint",
        facts=(
            ("Opened", _text(case.get("opened_on")), "cases"),
            ("Kind", _text(case.get("complaint_type")), "cases"),
            ("Witness willing to testify", None if willing is None else "yes" if willing else "no", "cases"),
            ("Owner or manager as the case file names them", _text(case.get("owner_manager_name")), "cases"),
            ("Observations", _text(case.get("observations")), "cases"),
        ),
    )


def _zoning(facts: CaseFacts) -> Section:
    zone, rule = facts.assessor, facts.summary.rule
    return Section(
        "Zoning",
        facts=(
            ("Zone", _text(zone.get("zone")), _row(facts)),
            ("Permitted use", _text(zone.get("permitted_use")), _row(facts)),
            (
                "Exemption or certificate recorded",
                _text(zone.get("exemption")) or ("none recorded" if zone else None),
                _row(facts),
            ),
            ("Limit" if facts.limited else "Limit, which does not apply here", rule.limit_text, rule.citation),
        ),
        paragraphs=() if facts.given("assessor") else (_NOT_GIVEN,),
    )


def _assessor(facts: CaseFacts) -> Section:
    row = facts.assessor
    names = {
        "parcel_id": "Parcel",
        "owner_name": "Owner",
        "owner_mailing_address": "Owner's mailing address",
        "property_type": "Property type",
        "bedrooms": "Bedrooms",
        "finished_sqft": "Finished area, square feet",
        "basement_finished_sqft": "Finished basement, square feet",
        "year_built": "Built",
    }
    return Section(
        "Assessor",
        facts=tuple((name, _text(row.get(column)), _row(facts)) for column, name in names.items()),
        paragraphs=() if facts.given("assessor") else (_NOT_GIVEN,),
    )


def _registrations(facts: CaseFacts) -> Section:
    at_the_address = _names_table(
        facts, "dmv_registrations", "Vehicles registered at this address, by owner", "No vehicle is registered here."
    )
    logged = Table(
        "Vehicles in the log of this case",
        ("Plate", "Registered to", "Registered address", "Nights proved", "Source rows"),
        tuple(
            (
                f"{v.plate or 'not fully read'}{f' ({v.plate_state})' if v.plate_state else ''}",
                (v.registered_owner or "owner not named") if v.registration else "no registration found",
                v.registered_address or "",
                str(v.nights_observed),
                rows_text([r.row for r in v.readings] + ([v.registration] if v.registration else [])),
            )
            for v in facts.summary.vehicles
        ),
        "No vehicle was logged.",
    )
    notes = () if facts.given("dmv_registrations") else (_NOT_GIVEN,)
    return Section("Vehicle registrations", paragraphs=notes, tables=(logged, at_the_address))


def _listed(facts: CaseFacts, source: str, heading: str, caption: str, remark: str = "") -> Section:
    if not facts.given(source):
        return Section(heading, paragraphs=(_NOT_GIVEN,))
    table = _names_table(facts, source, caption, "Searched; nobody is named here.")
    return Section(heading, paragraphs=(remark,) if remark else (), tables=(table,))


def _disclosure(facts: CaseFacts) -> Section:
    nothing = "No lease of this dwelling was disclosed."
    lease = _names_table(facts, "lease_disclosures", "Names on the disclosed lease", nothing)
    tables = (lease,) if facts.given("lease_disclosures") else ()
    return Section(
        "Disclosure",
        facts=(
            ("Notice sent", _text(facts.notice_sent_on), "cases"),
            ("Disclosure received", _text(facts.disclosure_received_on), "cases"),
        ),
        paragraphs=() if tables else (_NOT_GIVEN,),
        tables=tables,
    )


def _log(facts: CaseFacts) -> Section:
    s = facts.summary
    watched = {each.night for vehicle in s.vehicles for each in vehicle.watched}
    return Section(
        "Vehicle log",
        facts=(
            ("Nights watched", str(len(watched)) if watched else "none", "vehicle_log"),
            ("Proved nights of all vehicles", str(sum(v.nights_observed for v in s.vehicles)), "vehicle_log"),
        ),
        paragraphs=("A vehicle at the dwelling is not a person at the dwelling.",),
    )


def _interview() -> Section:
    names = ("Date and time", "Spoken with", "Persons said to live here", "Beds and bedrooms seen", "Refused entry")
    return Section("Field interview", facts=tuple((name, None, "") for name in names))


def _finding(facts: CaseFacts) -> Section:
    s = facts.summary
    nothing = "nothing that would change the finding" if facts.limited else "whether the exemption held on these days"
    following = s.next_evidence[0].request if s.next_evidence else nothing
    p_over = percent(s.p_over_limit) if facts.limited else "none is given: no limit applies"
    return Section(
        "Finding recommended",
        facts=(
            ("Finding", FINDINGS[s.finding][0], "summary"),
            ("Probability of being over the limit", p_over, "summary"),
            ("Occupants proved, at least", str(s.occupants.proved_at_least), "summary"),
            ("Ask for next", following, "summary"),
            ("Decision of the inspector, and why", None, ""),
        ),
        paragraphs=(s.finding_sentence, "The program recommends; the inspector decides."),
    )


def _names_table(facts: CaseFacts, source: str, caption: str, nothing: str) -> Table:
    rows = tuple(
        (name, naming.text, naming.says, percent(naming.p_member), rows_text([naming.row]))
        for name, naming in facts.namings(source)
    )
    return Table(caption, ("Person", "As written", "Named as", "Same person?", "Source row"), rows, nothing)


def _row(facts: CaseFacts) -> str:
    return f"assessor row {facts.assessor['row']}" if facts.assessor else "assessor"


def _text(value: object) -> Cell:
    if value is None or value == "":
        return None
    return f"{value:g}" if isinstance(value, float) else str(value)
