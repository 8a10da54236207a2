"""`lease_disclosures`: leases and occupancy disclosure statements, one row per person named."""

from loaders.schema import LeaseDisclosures
from loaders.sources.base import Source, phrases, spellings

SOURCE = Source(
    name="lease_disclosures",
    schema=LeaseDisclosures,
    aliases=phrases(
        address=(
            "property address | leased address | lease address | unit address | premises | premises address | "
            "rental address | subject address | dwelling address | street address | location | leased premises"
        ),
        case_id=("case | case number | case no | case num | case # | complaint number | complaint id | file number"),
        name=(
            "tenant | tenant name | person | person name | full name | lessee | lessee name | occupant | "
            "occupant name | resident | resident name | name of person | printed name | signatory"
        ),
        role="capacity | type | person type | relationship to unit | party | party type | signed as",
        date_of_birth="dob | birth date | birthdate | born | tenant dob",
        family_group="family | family id | family unit | family label | related group",
        signed_on="signed | date signed | signature date | signed date | execution date | disclosure date",
        lease_from=(
            "lease start | start date | lease begin | lease begins | begin date | lease start date | from | "
            "move in | move in date | lease begin date | term start | commencement date"
        ),
        lease_to=(
            "lease end | end date | lease ends | lease end date | to | move out | move out date | term end | "
            "lease expiration | lease expires | expiration date"
        ),
    ),
    synonyms={
        "role": spellings(
            tenant=(
                "tenant | t | lessee | renter | resident | occupant | co tenant | cotenant | roommate | "
                "subtenant | sub tenant | leaseholder | primary tenant"
            ),
            owner="owner | o | landlord | lessor | property owner | owner occupant",
            dependent="dependent | dependant | d | child | minor | son | daughter | dep | minor child",
            manager="manager | m | property manager | agent | mgr | leasing agent | management",
        ),
    },
    one_of=(("address", "case_id"),),
)
