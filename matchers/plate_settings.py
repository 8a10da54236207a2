"""Every constant of plate reading and vehicle decoding, each with its source, in one frozen object.

Rates are priors, not truths: `matchers.vehicles` re-estimates those of `ChannelRates` and the shares of
registered vehicles from the city at hand, because cities differ.
"""

from dataclasses import dataclass, field

VISUAL_CLASSES: tuple[str, ...] = ("0ODQ", "1IL", "2Z", "5S", "8B3", "6G", "VY", "MNHW")
"""Characters taken for one another on a plate: vendor equivalence sets joined with field notes on plate reading.
Disjoint. Used for the index key and as the channel's prior."""

LIKE_SHAPES: tuple[str, ...] = ("CG", "EF", "FP", "PR", "UV", "KX", "17", "4A", "7T", "UJ", "XY", "9G", "S8", "4L")
"""Further pairs of like shape, each half as often as a pair of one visual class: strokes that differ in one bar or
curve, several of them among the counted misreads. Not equivalent enough for the index key."""


@dataclass(frozen=True, slots=True)
class ChannelRates:
    """Probabilities of one misreading event; all per character of the true plate unless said otherwise."""

    substitution: float = 0.02
    """Another character is read. The packaged counts give 0.008 (trained plate reader) and 0.035 (general reader)."""
    deletion: float = 0.004
    """A character is dropped. Counts: 0.002 and 0.02, of which the latter are mostly lost ends."""
    insertion: float = 0.002
    """A character is added, per gap. Counts: 0.001 to 0.004."""
    transposition: float = 0.001
    """Two neighbours are swapped, per pair: rare for machines, known for people who write from memory."""
    unreadable: float = 0.01
    """Written as `?`. No public figure: learned from the share of `?` in the city's log."""
    lost_end: float = 0.004
    """A run of characters is missing at one end (hidden by a hitch or a frame), per end of the plate."""

    def __post_init__(self) -> None:
        values = (self.substitution, self.deletion, self.insertion, self.transposition, self.unreadable)
        if not all(0 < value < 0.4 for value in (*values, self.lost_end)):
            raise ValueError(f"channel rates must lie between 0 and 0.4: {self}")
        if self.substitution * 2.5 + self.deletion + self.unreadable >= 1:
            raise ValueError(f"channel rates leave no room for a correct reading: {self}")


@dataclass(frozen=True, slots=True)
class PlateSettings:
    """Settings of the noisy channel, the registry index and the joint decoding of a case."""

    rates: ChannelRates = field(default_factory=ChannelRates)
    """Prior centre of the city's misreading rates."""
    rate_log2_sd: float = 1.5
    """Spread of a city's rate about the prior centre, in doublings: rates of public readers differ fourfold."""
    rate_prior_weight: float = 1.0
    """How many plate readings' worth of log-likelihood the prior on a rate counts for at one sd."""
    machine_share: float = 0.5
    """Weight of the counted machine confusions against the hand-written ones (classes and slips): unknown, so even."""
    confusion_pseudo_count: float = 4.0
    """Dirichlet weight of the visual classes against the counts of one true character (0 to 20 errors seen each)."""
    class_share_machine: float = 0.75
    """Share of machine substitutions inside a visual class: 62 % of those counted, more for printed plates."""
    class_share_hand: float = 0.6
    """Share of hand-written substitutions inside a visual class; the rest are slips to any character."""

    wrong_state_rate: float = 0.02
    """A written state is another one. Prior; learned from confidently matched plates."""
    registered_prior: float = 0.7
    """Share of the vehicles of a state that the registry covers which are found there, before seeing the city."""
    registered_prior_weight: float = 4.0
    """How many vehicles the share above counts for, and how many of a state's the city's share counts for."""
    other_format_share: float = 0.08
    """Vehicles not in the registry whose serial is of a format that the tables do not give for their state: optional
    and special series are about a tenth of US plates, and no table is complete. Prior; learned from the city."""
    personalised_share: float = 0.04
    """The same with a personalised plate: about 3 to 4 % of US plates (trade estimates). Prior; learned."""
    unlisted_kinds_weight: float = 20.0
    """How many unregistered vehicles the two shares above count for."""

    make_error_rate: float = 0.03
    """A recognised make that is not the vehicle's (log or registry)."""
    sibling_make_rate: float = 0.02
    """A sister make of the same maker is written instead."""
    model_error_rate: float = 0.10
    """A model name that does not agree although the vehicle is right (trim names, wrong calls)."""
    color_error_rate: float = 0.05
    """A colour outside the neighbourhood of the true one (repaint, data entry, lamp light)."""
    color_neighbour_rate: float = 0.15
    """A neighbouring colour (silver for gray, tan for gold): the common slip at night."""
    description_weight: float = 0.8
    """Make, model and colour errors come together; their joint evidence counts at this power."""

    concentration: float = 3.0
    """Dirichlet concentration of the vehicles of one case: about this many one-off vehicles are expected among the
    first readings. Houses are visited by few vehicles seen many times."""
    same_look_conflict: float = 1 - 1e-6
    """Certainty that two rows of one look are two vehicles: cars parked at once. Not quite 1, so that one car
    written down twice with one and the same plate stays one car."""
    repeat_weight: float = 0.6
    """Weight of each further identical reading of one vehicle: equal misreadings of one plate are not independent."""
    unassigned_weight: float = 3.0
    """Vehicles never seen with a plate, as a number of sightings, when a description without plate is placed."""

    sweeps: int = 12
    """Passes of the assignment updates; they settle within ten in practice."""
    learning_rounds: int = 4
    """Rounds of re-estimating the city's shares of registered vehicles and, from the second on, misreading rates."""
    candidates_per_read: int = 12
    """Registry candidates kept per distinct reading before decoding."""
    candidate_drop_bits: float = 16.0
    """A registry candidate this much less likely than the best one of its reading is dropped."""
    report_floor: float = 0.001
    """Smallest probability that is reported for a candidate."""
    report_top: int = 5
    """Largest number of candidates reported for one reading."""
