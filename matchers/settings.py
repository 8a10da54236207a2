"""Every threshold and prior of person linkage, with where it comes from.

The priors are starting points with a stated strength (in pseudo-pairs): a city with data overrules them, a folder
with one house falls back on them. Nothing here was fitted to a particular city.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

# P(level | same person). Order of magnitude after the agreement rates that record linkage reports for files keyed
# by hand: given name agrees exactly in 80 to 90 % of true pairs, surname in 90 to 95 %, birth date in 95 % or more
# (Herzog, Scheuren & Winkler 2007, Data Quality and Record Linkage Techniques, ch. 8-9). The remainder is shared
# among the graded levels by kind of fault: formal against short names first, then initials, then keying faults.
M_PRIOR: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "given": {
            "exact": 0.82,
            "nickname": 0.05,
            "initial": 0.04,
            "part": 0.02,
            "typo": 0.04,
            "near": 0.005,
            "middle_used": 0.01,
            "swapped": 0.01,
            "different": 0.005,
        },
        "family": {
            "exact": 0.91,
            "part": 0.02,
            "typo": 0.04,
            "near": 0.005,
            "swapped": 0.01,
            "different": 0.015,  # marriage, divorce
        },
        "middle": {"exact": 0.50, "initial": 0.46, "different": 0.04},
        "suffix": {"same": 0.99, "different": 0.01},
        "dob": {
            "exact": 0.959,
            "day_month": 0.008,
            "one_digit": 0.020,
            "one_part": 0.010,
            "year": 0.001,
            "generation": 0.001,  # another person's date, or one that stands for "not known"
            "different": 0.001,
        },
        # a student keeps one number: registrars merge second ones when they find them
        "identifier": {"same": 0.995, "different": 0.005},
    }
)

# P(level | two people at random), used only where the city offers too few random pairs to count. Suffixes: a file
# that writes them at all writes JR about twice as often as all others, so two random ones agree half the time.
U_PRIOR: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "given": {
            "exact": 0.003,
            "nickname": 0.002,
            "initial": 0.002,
            "part": 0.001,
            "typo": 0.003,
            "near": 0.012,
            "middle_used": 0.002,
            "swapped": 0.00001,
            "different": 0.975,
        },
        "family": {
            "exact": 0.001,
            "part": 0.0005,
            "typo": 0.001,
            "near": 0.004,
            "swapped": 0.00001,
            "different": 0.9935,
        },
        "middle": {"exact": 0.006, "initial": 0.07, "different": 0.924},
        "suffix": {"same": 0.5, "different": 0.5},
        "dob": {
            "exact": 0.00008,
            "day_month": 0.00003,
            "one_digit": 0.0012,
            "one_part": 0.0065,
            "year": 0.035,
            "generation": 0.43,
            "different": 0.527,
        },
        "identifier": {"same": 0.00001, "different": 0.99999},
    }
)


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Thresholds of person linkage; probabilities unless the name says bits, pairs or a count."""

    link_at_p: float = 0.5  # the decision with the fewest expected errors when both kinds cost the same
    possible_at_p: float = 0.01  # below it a pair moves a 90 % interval by nothing
    keep_pair_at_p: float = 0.001  # pairs below are not handed on: memory grows with data, not with candidates
    place_at_p: float = 0.5  # an address that is probably elsewhere does not count as the same dwelling

    typo_at_similarity: float = 0.92  # Jaro-Winkler bands customary since Winkler 1990; Splink's templates use
    near_at_similarity: float = 0.86  # 0.92 and 0.88; one edit counts as a typo whatever the band

    m_prior: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: M_PRIOR)
    u_prior: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: U_PRIOR)
    m_prior_pairs: float = 100.0  # a town's few hundred true pairs outweigh it, one house's do not
    m_source_pairs: float = 200.0  # how strongly a pair of sources is drawn to the city's pooled m
    u_prior_pairs: float = 50.0
    u_random_pairs: int = 200_000  # standard error of a level of 1 in 10,000 is then 2 in 100,000

    national_persons: float = 1000.0  # weight, in persons, of the national name tables beside the city's own count
    unlisted_name_share: float = 5e-7  # a surname under the census table's floor: about 140 of 282 million

    # Of two different people at one dwelling, how many share a surname before the city has been looked at: half of
    # dwellings hold kin (ACS: 65 % family households, fewer near a campus), and not all kin share a surname.
    household_family_share: float = 0.4
    household_prior_pairs: float = 50.0
    # Two of one home with one given name, by what their birth dates say: father and son share it in 3 pairs of 100
    # (Jr is on some 3 % of men's records that write suffixes), brothers, sisters and spouses hardly ever; where dates
    # are missing, one pair in six is a parent and a child: 1 in 200.
    namesakes: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({"generation": 0.03, "missing": 0.005, "otherwise": 0.002})
    )
    generation_years: int = 15  # parents are at least so much older than their children
    # Two of one home with one birth date: twins (US twin births are 3 %, so about 1 pair of siblings in 100), who share
    # the surname, or a date borrowed from a housemate on the form.
    household_same_dob: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({"family": 0.01, "otherwise": 0.001})
    )
    # Two of a household's mentions at random are the same person about one time in three (two to four adults, each
    # named by one or two sources); the data decide.
    same_place_match: float = 0.33
    same_building_match: float = 0.02
    # Up to eight source entries are an ordinary home (two to four adults, each named by two sources). A larger place
    # is a building whose units are not told, or an institution: kin and own papers stay a handful there.
    home_mentions: float = 8.0
    matches_elsewhere: float = 0.5  # other-address mentions per mention, before the data speak
    match_prior_pairs: float = 50.0

    # One paper names the same person twice about once in 500 pairs of its names, before the city's papers are read.
    same_document_match: float = 0.002
    # One true name has many misspellings: a name of six letters some 340 one edit away. A wrong letter is one of
    # many, each as likely as one misspelling in 150; a letter dropped, doubled or exchanged with its neighbour one of
    # few, one in 30 (counted for six letters: 6 to drop, 6 to double, 5 to exchange, among such faults' share).
    misspellings: float = 150.0
    slips: float = 30.0
    # short forms of a formal name: two or three are in use
    short_forms: float = 3.0

    em_rounds: int = 40
    em_tolerance: float = 1e-4

    # The largest blocks. Agreement on more common things than these says too little: of the pairs that it alone
    # proposes about one in a thousand is of one person (docs/decisions/0033).
    max_place_block: int = 150  # mentions at one dwelling, above which names must also be alike (dormitories)
    max_words_block: int = 60  # one spelling of a whole name: a landlord's, or of a company that reads like a person
    max_name_block: int = 20  # names that sound alike, names with a ZIP code, a date with initials
    max_component: int = 400  # a larger chain is cut by raising its threshold first
    seed: int = 20070101  # for drawing random pairs


DEFAULT = LinkSettings()
