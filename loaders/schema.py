"""The data dictionary: what each source must say, column by column, and how far it can be believed.

Every canonical frame has these columns in this order, and nothing else. Null always means "not known".
`loaders.dictionary.describe()` prints it.
"""

from loaders import kinds
from loaders.schemas_library import dy


class Canonical(dy.Schema):
    """Provenance that every source carries."""

    row = dy.UInt32(nullable=False, description="1-based data row in the file, or position in the query result")
    duplicate_of = dy.UInt32(nullable=True, description="first row that this row repeats exactly; null: none")


class Cases(Canonical):
    """Investigations: one row per case.

    Known biases: complained-of addresses are not a sample of the city (about half turn out to be over the
    limit); an anonymous complaint has no witness who can testify.
    """

    case_id = kinds.identifier("the city's own case number, unique", required=True)
    subject_address = kinds.address("the dwelling under investigation", required=True)
    opened_on = kinds.date("day the case was opened; anchors the case window", required=True)
    status = kinds.choice("state of the case; blank is read as open", "open", "pending", "closed", "reopened")
    complaint_type = kinds.choice("how it came in", "signed", "anonymous", "phone", "inspector")
    witness_willing = kinds.yes_no("whether the complainant would testify")
    owner_manager_name = kinds.name("owner or manager of record")
    notice_sent_on = kinds.date("day the disclosure notice was sent")
    disclosure_received_on = kinds.date("day the disclosure statement came back")
    rule_pack = kinds.text("rule pack for this case alone")
    observations = kinds.text("the inspector's notes")


class VehicleLog(Canonical):
    """Looks at a dwelling: one row per vehicle seen, or per look that saw none.

    Known biases: written by neighbours and observers, so plates hold slips of eye and hand; people log the
    nights a car is there and forget the others, which flatters every estimate of presence. A parked car is
    not a person.
    """

    case_id = kinds.identifier("case the look belongs to", required=True)
    observed_date = kinds.date("local calendar day of the look", required=True)
    observed_time = kinds.time("local time of the look; null: no time was written")
    plate = kinds.plate(
        "plate as read, ? * _ for unreadable characters; null: looked, saw no vehicle", kind="log_plate"
    )
    plate_state = kinds.text("issuing state as written")
    make = kinds.text("make as written")
    model = kinds.text("model as written")
    color = kinds.text("color as written")
    position = kinds.text("where it stood: driveway, garage, street front, ...")
    observer = kinds.text("who looked")
    note = kinds.text("remark of the observer")


class DmvRegistrations(Canonical):
    """Vehicle registrations.

    Known biases: students' cars are often registered to parents elsewhere, and addresses lag behind moves.
    Personal data of motor vehicle records: 18 USC 2721.
    """

    plate = kinds.plate("registered plate", required=True)
    plate_state = kinds.text("issuing state", required=True)
    owner_name = kinds.name("registered owner", required=True)
    owner_address = kinds.address("owner's address on record", required=True)
    co_owner_name = kinds.name("second owner")
    owner_dob = kinds.date("owner's date of birth", kind="birth_date")
    vin = kinds.identifier("vehicle identification number")
    make = kinds.text("make")
    model = kinds.text("model")
    year = kinds.integer("model year", 1885, 2100, unit="year")
    color = kinds.text("color")
    registered_from = kinds.date("first day of the registration")
    registered_to = kinds.date("last day of the registration; null: open")


class LeaseDisclosures(Canonical):
    """Leases and occupancy disclosure statements: one row per person named in one.

    Known biases: written by the party under investigation; persons beyond the limit are left off; relations
    are declared, not proved.
    """

    address = kinds.address("leased dwelling; may be blank where case_id is given")
    case_id = kinds.identifier("case the disclosure answers; may be blank where address is given")
    name = kinds.name("person named", required=True)
    role = kinds.choice("capacity", "tenant", "owner", "dependent", "manager")
    date_of_birth = kinds.date("date of birth", kind="birth_date")
    family_group = kinds.text("label shared by persons who declared themselves one family")
    signed_on = kinds.date("day of signature")
    lease_from = kinds.date("first day of the lease")
    lease_to = kinds.date("last day of the lease; null: open")


class UtilityBilling(Canonical):
    """Utility accounts: who pays for which service where.

    Known biases: one person pays for the house, often the owner or a parent; the others are not listed.
    """

    account_id = kinds.identifier("account number, joins utility_usage", required=True)
    service_address = kinds.address("dwelling served", required=True)
    billing_name = kinds.name("account holder", required=True)
    service_from = kinds.date("first day of service", required=True)
    service_to = kinds.date("last day of service; null: still served")
    service_type = kinds.choice("what is delivered", "water", "electric", "gas")


class UtilityUsage(Canonical):
    """Metered use: one row per account and month.

    Known biases: irrigation, leaks and electric heating move it more than one person more or less does.
    """

    account_id = kinds.identifier("account number of utility_billing", required=True)
    month = kinds.month("billing month, its first day", required=True)
    usage = kinds.number("metered use in the month", unit="as in `unit`", required=True)
    unit = kinds.choice("unit of `usage`", "gal", "kWh", "therm", required=True)


class UniversityAddresses(Canonical):
    """Addresses that a university holds of its students.

    Known biases: updated late or never, and directory opt-outs are left out altogether: a name that is absent
    is no evidence that the person lives elsewhere. Directory information: 34 CFR 99.3, 99.37.
    """

    student_id = kinds.identifier("the university's own key, never a social security number", required=True)
    name = kinds.name("student", required=True)
    address = kinds.address("address held", required=True)
    address_type = kinds.choice("what the address is", "local", "permanent", "mailing")
    date_of_birth = kinds.date("date of birth", kind="birth_date")
    updated_on = kinds.date("day the address was last confirmed")
    term = kinds.text("term the address was given for")
    directory_opt_out = kinds.yes_no("whether the student opted out of the directory")


class Assessor(Canonical):
    """Parcels and the dwellings on them.

    Known biases: bedrooms as built and permitted, not as used; one parcel may hold several units.
    """

    parcel_id = kinds.identifier("parcel number", required=True)
    situs_address = kinds.address("address of the parcel", required=True)
    owner_name = kinds.name("owner of record")
    owner_mailing_address = kinds.address("where the owner gets mail; another address suggests a rental")
    property_type = kinds.text("kind of property, as written")
    year_built = kinds.integer("year of construction", 1600, 2100, unit="year")
    bedrooms = kinds.integer("bedrooms on record", 0, 500, unit="rooms")
    finished_sqft = kinds.number("finished floor area without the basement", unit="sq ft")
    basement_finished_sqft = kinds.number("finished basement area", unit="sq ft")
    zone = kinds.text("zoning district")
    permitted_use = kinds.text("use permitted: single family, duplex, extra occupancy, ...")
    exemption = kinds.text("exemption from the occupancy limit; null: none known")


class Judgements(Canonical):
    """What people decided on single links, in the order in which they decided; `evidence judge` writes it.

    Known biases: whoever judges has seen what the engine says, unless the review is blind; links that look doubtful are
    judged more often than others, so that judgements are no sample of all links. Rows are chained by their hashes.
    """

    case_id = kinds.identifier("case in which the link was looked at; null: none")
    left = kinds.identifier(
        "one end: source:row:field (with :part where a cell names several), or address:text", required=True
    )
    left_says = kinds.text(
        "what `left` said when it was judged: its cell, or the words by which its row is known again", required=True
    )
    right = kinds.identifier("the other end: the same, or dwelling:id", required=True)
    right_says = kinds.text("the same of `right`; of a dwelling its address", required=True)
    decision = kinds.choice("they are one, they are not, or cannot tell", "confirm", "reject", "unsure", required=True)
    by = kinds.text("who decided", required=True)
    reason = kinds.text("why", required=True)
    review = kinds.choice("whether a second reviewer must agree before it binds", "single", "blind", required=True)
    decided_at = kinds.text("when, UTC", required=True)
    previous = kinds.text("sha256 of the row before; null: the first")
    sha256 = kinds.text("hash of this row and `previous`", required=True)
