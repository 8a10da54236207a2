"""`university_addresses`: addresses a university holds of its students."""

from loaders.schema import UniversityAddresses
from loaders.sources.base import Source, phrases, spellings

SOURCE = Source(
    name="university_addresses",
    schema=UniversityAddresses,
    aliases=phrases(
        student_id=(
            "student number | student no | student # | sid | id | university id | csu id | csuid | id number | "
            "student identifier | emplid | banner id | person id"
        ),
        name="student | student name | full name | display name | legal name",
        address=(
            "student address | street address | address line | full address | addr | address 1 | "
            "address line 1 | residence | address text"
        ),
        address_type="type | addr type | type of address | address kind | kind | addr typ | atyp",
        date_of_birth="dob | birth date | birthdate | born | birthday",
        updated_on=(
            "updated | last updated | date updated | address date | as of | as of date | effective date | "
            "last update | address updated | modified | last modified | updated date | update date"
        ),
        term="semester | academic term | term code | session",
        directory_opt_out=(
            "opt out | optout | ferpa | ferpa hold | confidential | privacy | directory hold | ferpa flag | "
            "directory optout | confidentiality | ferpa opt out | privacy flag"
        ),
    ),
    synonyms={
        "address_type": spellings(
            local=(
                "local | l | lo | current | campus | term | residence | local address | loc | residential | off campus"
            ),
            permanent="permanent | perm | p | pr | home | parent | parents | permanent address | legal",
            mailing="mailing | mail | m | ma | mailing address | postal",
        ),
    },
)
