"""The error model of written addresses: every rate of `matchers.dwellings`, with where it comes from.

Rates are per mention of an address. None was fitted to a particular city; the share of dwellings that the master
list misses is estimated from the city at hand, and the figure here is only where that estimate starts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

# How strongly one row of a source speaks for a unit that the master does not list: an inspector who wrote the unit
# on a case has seen its door; a meter is set per unit; a tenant or student writes what the landlord calls it.
UNIT_VOICES: Mapping[str, float] = MappingProxyType(
    {"assessor": 9.0, "cases": 3.0, "utility_billing": 2.0, "lease_disclosures": 1.5}
    | {"dmv_registrations": 0.75, "university_addresses": 0.75}
)


@dataclass(frozen=True, slots=True)
class DwellingSettings:
    """Probabilities that a writer makes one mistake, and how much support makes a dwelling."""

    # -- the street line. Omissions have one outcome, so their rate is not shared out. Assumed, in the order of what
    #    address-matching practice reports: types and directions are left out a few times in a hundred, swapped rarely.
    suffix_missing: float = 0.03
    suffix_added: float = 0.01
    suffix_wrong: float = 0.003
    direction_missing: float = 0.02
    direction_added: float = 0.005
    direction_wrong: float = 0.001
    direction_moved: float = 0.005  # N MAIN ST for MAIN ST N
    # One slip of the pen in a street name: about 1 in 100 names, over some 200 possible slips of a name.
    name_slip: float = 0.01 / 200
    name_two_slips: float = 0.002 / 200 / 400  # one slipped name in five has a second slip
    name_spacing: float = 0.002  # MC DONALD for MCDONALD
    # The master list's own slips: a street line is put right when its neighbour has this share of the likelihood;
    # the same number written on that neighbour by another source counts as so many times more likely.
    clearly: float = 0.8
    seen_there: float = 1000.0
    # -- the number. Transpositions are infrequent in memory and copying studies; a wrong digit has 36 outcomes in a
    #    number of four digits, a transposition three.
    number_transposed: float = 0.004 / 3
    number_digit: float = 0.003 / 40
    letter_missing: float = 0.05  # 123 for 123A, or for 123 1/2
    letter_added: float = 0.005
    number_range: float = 0.01  # one building of several numbers, or two buildings: 1201-1203 for 1201
    # -- the tail
    zip_wrong: float = 0.015
    # A namesake elsewhere, or a wrong ZIP code: number and street are the city's, the ZIP code is not.
    inside_by_city: float = 0.9  # the city is named
    inside_by_street: float = 0.5  # nothing but number and street speaks for the city
    # -- places that are not in the master
    unlisted_share: float = 0.005  # of mentions, before the city is asked: what an assessor's list leaves out
    unlisted_share_no_assessor: float = 0.2  # with a master made of the other sources themselves
    unlisted_strength: float = 200.0  # weight of those shares, in mentions
    unlisted_on_street: float = 0.25  # unused numbers on a known street are about four to each used one
    # A street that the master does not know at all: some 10,000 names, of some 10 kinds and directions, each with
    # 10,000 house numbers, against the `buildings` of the master; and the ZIP code agrees by chance.
    street_keys: float = 1e9
    junk_on_street: float = 2e-4  # an address that does not exist, on a street that does
    junk_street: float = 0.02  # the same on a street that does not exist, of mentions
    # A further source repeats the same slip only when one copied the other or the occupant writes it so.
    slip_repeats: float = 0.05
    junk_repeats: float = 0.1
    made: float = 0.5  # a place unknown to the master becomes a dwelling from this probability on
    certain: float = 0.9  # a text tells of a building's units only when it surely means that building
    # -- streets with an earlier name: streets of a town are renamed a few in a hundred over the life of its registers
    rename_prior: float = 0.1  # of names that the list lacks: an earlier name, rather than a street that it misses
    rename_numbers: int = 2  # house numbers from which on a name is compared with the list's streets
    rename_miss: float = 0.1  # a number under the earlier name that the list street lacks
    # One person at one number of both: about 3 in 10 houses where the streets are one, 1 in 1,000 by chance; the
    # third house of the kind adds little to what two have said.
    rename_person_bits: float = 8.0
    rename_people: int = 3
    rename_sure: float = 0.95
    # -- units
    unit_missing: float = 0.06
    unit_elsewhere: float = 0.1  # a building that is not known to have the unit written, beside one that has it
    unit_slip: float = 0.01
    unit_alias: float = 0.9  # LOWER where the master has BSMT
    unit_unknown: float = 0.1  # neither the building's dwelling nor a slip of a known unit
    unit_support: float = 2.0  # sum of UNIT_VOICES that makes a unit of a building not known to have any
    unit_support_multiple: float = 0.7  # where the assessor calls the building apartments, a duplex ...
    unit_support_single: float = 2.5  # where the assessor calls it a single-family house
    unit_support_listed: float = 3.5  # where the assessor lists the building's units one by one
    # -- the area: a ZIP code or city name belongs to the city from this share of its own addresses on
    area_share: float = 0.002
    alias_share: float = 0.9  # another place name is one of the city's: share of its addresses in the city's ZIP codes
    # -- output
    smallest_p: float = 1e-3  # candidates below this are left out before the rest is scaled to 1
    voices: Mapping[str, float] = field(default_factory=lambda: UNIT_VOICES)
