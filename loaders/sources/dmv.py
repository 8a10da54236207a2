"""`dmv_registrations`: the register of vehicles and their owners."""

from loaders.schema import DmvRegistrations
from loaders.sources.base import Source, phrases

SOURCE = Source(
    name="dmv_registrations",
    schema=DmvRegistrations,
    aliases=phrases(
        plate=(
            "tag | license plate | plate number | plate # | plate no | tag number | tag # | lic plate | "
            "license | licence plate | license number | license no | lic no | lic | registration plate | "
            "reg plate | plate id | lp | lpn | registration number | reg no"
        ),
        plate_state=(
            "state | plate st | tag state | license state | st | registration state | reg state | lic state | "
            "issuing state | lp state"
        ),
        owner_name=(
            "owner | registered owner | reg owner | registered owner name | owner 1 | owner1 | owner 1 name | "
            "primary owner | name | registrant | registrant name | ro name | owner full name"
        ),
        owner_address=(
            "address | registered address | residence address | registered owner address | owner addr | "
            "registration address | street address | ro address | registrant address | owner residence address | "
            "owner mailing address | mailing address"
        ),
        co_owner_name=(
            "co owner | coowner | owner 2 | owner2 | owner 2 name | second owner | secondary owner | "
            "joint owner | other owner | additional owner | co registrant"
        ),
        owner_dob="dob | date of birth | birth date | birthdate | owner date of birth | owner birth date",
        vin="vehicle identification number | vin number | vin no | vehicle id number | serial number",
        make="vehicle make | veh make | make code | vehicle make code",
        model="vehicle model | veh model | model name",
        year="model year | vehicle year | veh year | yr | vehicle model year | my",
        color="colour | vehicle color | veh color | color code | vehicle colour | primary color",
        registered_from=(
            "registration date | reg date | registration start | registered on | effective date | reg from | "
            "registration effective date | valid from | issue date | issued | registration from"
        ),
        registered_to=(
            "expiration date | expires | expiry | registration expires | reg to | valid to | exp date | "
            "registration expiration date | expiration | registration end | expires on | registration to"
        ),
    ),
)
