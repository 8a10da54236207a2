"""Every rate of the comparison of two bare names, with its reason. None was fitted to labelled pairs.

A rate is P(this is seen | one person's name), per part of a name; `_bits` are minus log2 of such rates.
"""

from dataclasses import dataclass

from matchers.settings import DEFAULT as LINKS
from matchers.settings import M_PRIOR, U_PRIOR


@dataclass(frozen=True, slots=True)
class BareNameSettings:
    """Rates, prices and the prior of `matchers.bare_names.compare_names`."""

    # Nobody asks about two names at random: two names lie side by side because something made them be asked about,
    # and whether they are one person's is then as likely as not. A caller who knows better states its own odds.
    prior_p: float = 0.5
    match_at_p: float = 0.5  # the fewest expected errors where both kinds cost the same

    # Of two persons' names that are asked about, nearly all share all parts but one (kin by surname, strangers by a
    # common given name); between .8 and 1 it moves a weight by a third of a bit.
    shares_the_rest: float = 0.9
    # Father and son and namesakes differ only in a part that one of the two names leaves out (a middle name): the
    # share of namesakes among men of one home, Jr on some 3 % of their records, and as many other namesakes.
    differs_in_unwritten: float = 0.05

    # How a part is written again. Names that arrive alone are typed from hearsay, worse than the keyed files of
    # `settings.M_PRIOR` (82 to 91 % exact): faults and short forms one part in twenty each as there, and the ways to
    # write a name in Latin letters another seventh. What the kinds below leave is exact.
    exact: float = 0.70
    variant_bits: float = 5.6  # another spelling of the same sound: one part in twelve, among some four spellings
    vowels_bits: float = 7.3  # vowels romanised otherwise: one part in twenty, among some eight ways
    nickname_bits: float = 5.9  # one part in twenty (M_PRIOR), among three short forms
    cut_short_bits: float = 6.6  # one part in thirty cut (Alex, Alexander), at one of three places
    particle_bits: float = 5.3  # an article written together with the name (Alhassan): one part in forty
    initial: float = 0.95  # an initial agrees unless the part is another altogether
    faulty_bits: float = 2.0  # a first fault in one part of twenty (4.3 bits), less `each_fault_bits`
    each_fault_bits: float = 2.3  # a further fault in one faulty part of five
    # The kinds of fault, counted for a name of six letters: a vowel by ear (two vowels, four others: 8) and a consonant
    # by ear (three consonants of some three alike: 8), each a third of faults; a letter dropped, doubled, exchanged
    # with its neighbour or hit on the next key, one of thirty; any other letter, one of 150 (`LinkSettings`).
    by_ear_bits: float = 4.6
    slip_bits: float = 4.9
    letter_bits: float = 7.2
    # Another part altogether: a second given name used, a name changed. Half of one part in a hundred each.
    different: float = 0.01

    # How likely another person's part is what is read: the share of the national tables, and for a name that stands
    # in none as many bits a letter as names take (short names are shared by chance), down to the tables' floor.
    unlisted_share: float = LINKS.unlisted_name_share
    bits_per_letter: float = 3.6  # of names left out of a letter-triple model of the tables: 3.6 given, 3.8 surnames
    # A part of the other person's name that looks like this one's and is another name (Marta, Maria): one person of two
    # in ten asked about has one. Counted in the national tables, a name of five or six letters has some three such
    # neighbours among the 3,000 commonest given names and 8,000 commonest surnames, those of `common_share` or more; a
    # rarer one, or one more than thirty times rarer than its neighbour (Micheal), is in use that much less. Of names in
    # no table nobody can say which are in use: those that differ by an unrelated letter (six places for eight letters)
    # may be, and those of fewer than three consonants, which vowels tell apart (Wang Fang, Wang Feng).
    lookalike_listed: float = 0.1 / 3
    lookalike_unlisted: float = 0.1 / 48
    common_share: float = 1.5e-5
    lookalike_ratio: float = 30.0
    one_sex: float = 0.95  # share of a given name's bearers from which it is a man's or a woman's

    # Parts in another order: one name in six is (registries sort by surname), half of two persons' shared parts are.
    reordered_bits: float = -1.6
    suffix_same: float = M_PRIOR["suffix"]["same"] / U_PRIOR["suffix"]["same"]
    suffix_different: float = M_PRIOR["suffix"]["different"] / U_PRIOR["suffix"]["different"]


DEFAULT = BareNameSettings()
