"""Evidence that persons at one dwelling are kin, as links with probabilities: declared families and shared surnames.

A family declared on a lease is a family but for errors of the clerk; persons of one surname are kin by the rarity of
the name. Families declared apart that share a surname may be one family all the same (two couples of whom two are
siblings), and so may a person of that surname whom the lease does not list: the surname links them, too.
"""

import polars as pl

from evidence.kinship import KinGraph

P_DECLARED = 0.98  # a declared family is one: what is left is for clerks' errors and false statements


def surname_kin(share: pl.Expr, prior: float, shares_name: float) -> pl.Expr:
    """P(two persons of one dwelling who share a surname are kin), by Bayes. share: of the surname in the nation."""
    return prior * shares_name / (prior * shares_name + (1.0 - prior) * share)


def kin_links(rows: pl.DataFrame, surname_share: pl.DataFrame, prior: float, shares_name: float) -> pl.DataFrame:
    """All links of each situation: situation, group, kind (`declared`, `surname`, `across`), slots (sorted), members
    (adults), dependents, p_kin; sorted by situation, then the largest first.

    rows: situation, slot, family, group (`declared:<label>` or `surname:<family>`, null: neither), dependent. `across`
    links all of one surname who are in more than one group. A link has two persons at least, one of them an adult.
    """
    across = pl.col("group").n_unique().over("situation", "family") > 1
    tied = pl.concat(
        [
            rows.filter(pl.col("group").is_not_null()),
            rows.filter(pl.col("family").is_not_null() & across).with_columns(group=pl.format("across:{}", "family")),
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
            .otherwise(surname_kin(pl.col("share").fill_null(1e-5), prior, shares_name))
        )
        .select("situation", "group", "kind", "slots", "members", "dependents", "p_kin")
        .sort("situation", "members", "dependents", "group", descending=[False, True, True, False])
    )


def rich_graphs(links: pl.DataFrame) -> dict[int, KinGraph]:
    """The graph of each situation that two separate groups do not tell: links of more than two groups, links across
    groups, or dependents who belong to another group than the largest. links: `kin_links`.
    """
    place = pl.int_range(pl.len()).over("situation")
    rich = (pl.col("kind") == "across") | (place >= 2) | ((place >= 1) & (pl.col("dependents") > 0))
    chosen = links.with_columns(rich=rich).filter(pl.col("rich").any().over("situation"))
    return {
        int(situation[0]): KinGraph(tuple((tuple(slots), p) for slots, p in part.select("slots", "p_kin").iter_rows()))
        for situation, part in chosen.group_by("situation", maintain_order=True)
    }
