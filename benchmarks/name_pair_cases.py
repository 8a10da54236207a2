"""Made-up pairs of bare names, of one person and of two, from the national tables and some names from elsewhere.

Faults are drawn evenly over letters and kinds, not by the rates of `matchers.bare_name_settings`: the pairs are to
show what the comparison is good and bad at, kind by kind, not to agree with it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import polars as pl
from rapidfuzz.distance import OSA

from loaders.normalize.names import given_frequency, nickname_pairs, surname_frequency

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Common given names and surnames of countries that many students come from, in a usual romanisation.
_ELSEWHERE = (
    ("XIAOMING JIAYI HAORAN YUXUAN ZIHAN WEIJIE MEILING JIANGUO", "ZHANG LIANG HUANG ZHAO XIONG SHEN GUO"),
    ("PRIYANKA VENKATESH LAKSHMI RAJESH SANDEEP KAVITHA ANIRUDH", "SUBRAMANIAN REDDY CHAUDHARY IYER BANERJEE GUPTA"),
    ("MOHAMMED KHALID YOUSEF ABDULRAHMAN FAISAL NOURA FATIMAH", "ALHARBI ALQAHTANI ALGHAMDI MANSOUR HADDAD KHOURY"),
    ("DMITRIY SERGEI OLEKSANDR NATALIYA YEKATERINA BOGDAN", "KUZNETSOV SHEVCHENKO POPOV TKACHENKO VOLKOV MOROZOV"),
    ("GUADALUPE JOAQUIN XIMENA ESTEBAN FERNANDO ROCIO", "VILLANUEVA ECHEVERRIA QUINTANILLA ZAMBRANO IBARRA"),
    ("JIHOON MINSEO SEUNGHYUN HYEJIN TAEYANG SOOJIN", "KWON JUNG YOON LIM HWANG SEO"),
    ("OLUWASEUN CHIAMAKA ADEBAYO NGOZI TEMITOPE IFEANYI", "OKAFOR ADEYEMI BALOGUN NWOSU EZE OGUNLEYE"),
)
# One sound, two spellings: what a clerk makes of a name by ear.
_BY_EAR = (
    ("PH", "F"), ("CK", "K"), ("OU", "U"), ("OO", "U"), ("EE", "I"), ("TZ", "Z"), ("KH", "K"), ("SCH", "SH"),
    ("IY", "Y"), ("OV$", "OFF"), ("SS", "S"), ("LL", "L"), ("NN", "N"), ("MM", "M"), ("W", "V"), ("AH$", "A"),
    ("Y$", "I"), ("C(?=[AOUKLR])", "K"), ("QU", "K"), ("GH", "G"), ("DH", "D"), ("X", "KS"), ("AI", "EI"),
)  # fmt: skip

Name = list[str]  # given, middle, family


@dataclass(frozen=True, slots=True)
class _Pools:
    given: list[str]
    family: list[str]
    nicknames: dict[str, list[str]]


def made_up_pairs(each: int, seed: int) -> pl.DataFrame:
    """left, right, same, kind: `each` pairs of every kind, the same for the same seed."""
    chance, pools = Random(seed), _pools()
    rows = []
    for same, kinds in ((True, _SAME), (False, _DIFFERENT)):
        for kind, make in kinds.items():
            found = 0
            while found < each:
                name = _draw(chance, pools)
                made = make(list(name), chance, pools)
                if made is not None and made != " ".join(name):
                    rows.append((" ".join(name).title(), made.title(), same, kind))
                    found += 1
    return pl.DataFrame(rows, schema=["left", "right", "same", "kind"], orient="row")


def _pools() -> _Pools:
    nick = nickname_pairs().group_by("name_a").agg(pl.col("name_b").sort()).sort("name_a")
    return _Pools(given_frequency()["given"].to_list()[:2000], surname_frequency()["family"].to_list()[:6000],
                  dict(nick.iter_rows()))  # fmt: skip


def _draw(chance: Random, pools: _Pools) -> Name:
    """One name in three from elsewhere; of the rest the rank in the table is drawn log-evenly, near its true share."""
    if chance.random() < 1 / 3:
        given, family = (names.split() for names in chance.choice(_ELSEWHERE))
        return [*chance.sample(given, 2), chance.choice(family)]
    return [*(_by_rank(pools.given, chance) for _ in range(2)), _by_rank(pools.family, chance)]


def _by_rank(names: list[str], chance: Random) -> str:
    return names[int(len(names) ** chance.random()) - 1]


def _other(names: list[str], name: str, chance: Random) -> str:
    return next(other for other in iter(lambda: _by_rank(names, chance), None) if other[:3] != name[:3])


def _slip(word: str, chance: Random) -> str:
    at = chance.randrange(1, len(word))
    return chance.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + chance.choice(_LETTERS) + word[at + 1 :],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        ]
    )


def _slipped(name: Name, chance: Random, slips: int) -> str | None:
    for at in chance.sample([0, 2], slips):
        if len(name[at]) < 5:
            return None
        name[at] = _slip(name[at], chance)
    return " ".join(name)


def _respelled(name: Name, chance: Random) -> str | None:
    fits = [(at, one, other) for at in (0, 2) for one, other in _BY_EAR if re.search(one, name[at])]
    if not fits:
        return None
    at, one, other = chance.choice(fits)
    name[at] = re.sub(one, other, name[at])
    return " ".join(name)


def _nickname(name: Name, chance: Random, pools: _Pools) -> str | None:
    known = pools.nicknames.get(name[0])
    return " ".join([chance.choice(known), *name[1:]]) if known else None


def _joined(name: Name) -> str:
    return f"{name[0]}{name[1]} {name[2]}"


def _lookalike(name: Name, at: int, names: list[str], chance: Random) -> str | None:
    near = [other for other in names[:2000] if OSA.distance(other, name[at], score_cutoff=1) == 1]
    near = [other for other in near if len(other) > 2]
    if not near:
        return None
    name[at] = chance.choice(near)
    return " ".join(name)


def _other_initial(name: Name, chance: Random) -> str:
    letters = [letter for letter in _LETTERS if letter not in (name[0][0], name[1][0])]
    return f"{chance.choice(letters)}. {name[2]}"


def _with(name: Name, at: int, word: str) -> str:
    return " ".join([*name[:at], word, *name[at + 1 :]])


Make = Callable[[Name, Random, _Pools], str | None]
_SAME: dict[str, Make] = {
    "family name first": lambda name, _chance, _pools: f"{name[2]} {name[0]} {name[1]}",
    "no middle name": lambda name, _chance, _pools: f"{name[0]} {name[2]}",
    "middle initial": lambda name, _chance, _pools: f"{name[0]} {name[1][0]}. {name[2]}",
    "initials": lambda name, _chance, _pools: f"{name[0][0]}. {name[1][0]}. {name[2]}",
    "one slip": lambda name, chance, _pools: _slipped(name, chance, 1),
    "two slips": lambda name, chance, _pools: _slipped(name, chance, 2),
    "by ear": lambda name, chance, _pools: _respelled(name, chance),
    "nickname": _nickname,
    "joined": lambda name, _chance, _pools: _joined(name),
    "title and comma": lambda name, _chance, _pools: f"{name[2]}, Dr. {name[0]} {name[1]}",
}
_DIFFERENT: dict[str, Make] = {
    "kin": lambda name, chance, pools: _with(name, 0, _other(pools.given, name[0], chance)),
    "kin, no middle name": lambda name, chance, pools: f"{_other(pools.given, name[0], chance)} {name[2]}",
    "same given names": lambda name, chance, pools: _with(name, 2, _other(pools.family, name[2], chance)),
    "other middle name": lambda name, chance, pools: _with(name, 1, _other(pools.given, name[1], chance)),
    "lookalike given name": lambda name, chance, pools: _lookalike(name, 0, pools.given, chance),
    "lookalike family name": lambda name, chance, pools: _lookalike(name, 2, pools.family, chance),
    "other initial": lambda name, chance, _pools: _other_initial(name, chance),
    "strangers": lambda _name, chance, pools: " ".join(_draw(chance, pools)),
}
