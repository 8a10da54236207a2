"""Evidence that persons at one dwelling are kin, as links with probabilities: declared families, surnames, homes.

A family declared on a lease is a family but for errors of the clerk; persons of one surname are kin by the rarity of
the name. Families declared apart that share a surname may be one family all the same (two couples of whom two are
siblings), and so may a person of that surname whom the lease does not list: the surname links them, too. Students who
give one permanent home elsewhere, that of their parents, are kin whatever their surnames.
"""

import polars as pl

from evidence.kinship import KinGraph
from matchers.ordered_sums import ratio

# Two kin among a house's students: siblings give their parents' home, cousins do not. Two who are not: friends who
# moved in together and give the flat they shared. Neither rate is published; only their ratio, 25, matters.
KIN_SHARE_HOME, OTHERS_SHARE_HOME = 0.5, 0.02
BETWEEN_GROUPS = ("across", "home")  # kinds of link that join groups, and are none themselves
MOST_OF_ONE_HOME = 4  # persons who give one permanent home; more of them give a hall or an office

P_DECLARED = 0.98  # a declared family is one: what is left is for clerks' errors and false statements


def surname_kin(share: pl.Expr, prior: float, shares_name: float) -> pl.Expr:
    """P(two persons of one dwelling who share a surname are kin), by Bayes. share: of the surname in the nation."""
    return ratio(pl.lit(prior * shares_name), prior * shares_name + (1.0 - prior) * share)


def permanent_homes(mentions: pl.DataFrame, university: pl.DataFrame) -> pl.DataFrame:
    """The permanent home that each student gives: person_id, home (an address key), home_dwelling (null: elsewhere).

    mentions: `PersonLinks.mentions`; university: the canonical frame. A home that more than MOST_OF_ONE_HOME persons
    give is left out, and so is a person who gives two.
    """
    permanent = university.filter(pl.col("address_type").str.to_lowercase() == "permanent").select("row")
    return (
        mentions.filter((pl.col("source") == "university_addresses") & pl.col("address_key").is_not_null())
        .join(permanent, on="row", how="semi")
        .select("person_id", home="address_key", home_dwelling="dwelling_id")
        .drop_nulls("person_id")
        .unique()
        .filter(pl.len().over("person_id") == 1, pl.len().over("home") <= MOST_OF_ONE_HOME)
        .sort("person_id")
    )


def kin_links(rows: pl.DataFrame, surname_share: pl.DataFrame, prior: float, shares_name: float) -> pl.DataFrame:
    """All links of each situation: situation, group, kind (`declared`, `surname`, `across`, `home`), slots (sorted),
    members (adults), dependents, p_kin; sorted by situation, then the largest first.

    rows: situation, slot, family, group (`declared:<label>` or `surname:<family>`, null: neither), dependent, home (the
    permanent home elsewhere; null: none given). `across` links all of one surname who are in more than one group,
    `home` all of one home who are. A link has two persons at least, one of them an adult.
    """
    across = pl.col("group").n_unique().over("situation", "family") > 1
    homes = pl.col("group").n_unique().over("situation", "home") > 1
    tied = pl.concat(
        [
            rows.filter(pl.col("group").is_not_null()),
            rows.filter(pl.col("family").is_not_null() & across).with_columns(group=pl.format("across:{}", "family")),
            rows.filter(pl.col("home").is_not_null() & homes).with_columns(group=pl.format("home:{}", "home")),
        ],
        how="vertical",
    )
    declared = pl.col("kind") == "declared"
    return (
        tied.group_by("situation", "group")
        .agg(
            slots=pl.col("slot").sort(),
            members=(~pl.col("dependent")).sum(),
            dependents=pl.col("dependent").sum(),
            family=pl.col("family").sort().first(),
        )
        .filter((pl.col("members") + pl.col("dependents") >= 2) & (pl.col("members") >= 1))
        .join(surname_share, on="family", how="left")
        .with_columns(kind=pl.col("group").str.extract(r"^(\w+):"))
        .with_columns(
            p_kin=pl.when(declared)
            .then(P_DECLARED)
            .when(pl.col("kind") == "home")
            .then(prior * KIN_SHARE_HOME / (prior * KIN_SHARE_HOME + (1.0 - prior) * OTHERS_SHARE_HOME))
            .otherwise(surname_kin(pl.col("share").fill_null(1e-5), prior, shares_name))
        )
        .select("situation", "group", "kind", "slots", "members", "dependents", "p_kin")
        .sort("situation", "members", "dependents", "group", descending=[False, True, True, False])
    )


def rich_graphs(links: pl.DataFrame) -> dict[int, KinGraph]:
    """The graph of each situation that two separate groups do not tell: links of more than two groups, links across
    groups (by surname or home), or dependents who belong to another group than the largest. links: `kin_links`.
    """
    place = pl.int_range(pl.len()).over("situation")
    rich = pl.col("kind").is_in(BETWEEN_GROUPS) | (place >= 2) | ((place >= 1) & (pl.col("dependents") > 0))
    chosen = links.with_columns(rich=rich).filter(pl.col("rich").any().over("situation"))
    return {
        int(situation[0]): KinGraph(tuple((tuple(slots), p) for slots, p in part.select("slots", "p_kin").iter_rows()))
        for situation, part in chosen.group_by("situation", maintain_order=True)
    }
