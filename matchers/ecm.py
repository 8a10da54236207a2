"""An independent check of the weights: the ECM classifier of `recordlinkage` on the same comparisons, made binary.

The only module that imports recordlinkage and pandas. It is not on the path from files to findings: it answers the
question "does another implementation, with no prior and no name frequencies, see the same agreement rates?".
"""

import polars as pl


def ecm_parameters(agreements: pl.DataFrame) -> pl.DataFrame:
    """Fit two classes to binary comparison vectors.

    agreements: one Boolean column per feature, one row per pair, no nulls (leave out pairs with a missing value, or
    features: recordlinkage has no notion of missing). Returns feature, m, u, match_share (one value), sorted as the
    columns. Raises ValueError for an empty frame or nulls.
    """
    # imported here: the check is rare, and the two libraries take longer to import than most cases to run
    import pandas
    import recordlinkage

    if agreements.is_empty() or agreements.null_count().sum_horizontal().item() > 0:
        raise ValueError("ecm_parameters needs at least one pair and a value in every cell")
    vectors = pandas.DataFrame({name: agreements[name].cast(pl.Int8).to_numpy() for name in agreements.columns})
    classifier = recordlinkage.ECMClassifier(init="jaro", max_iter=200, atol=1e-6)
    classifier.fit(vectors)
    m, u = classifier.m_probs, classifier.u_probs
    return pl.DataFrame(
        {
            "feature": agreements.columns,
            "m": [float(m[name][1]) for name in agreements.columns],
            "u": [float(u[name][1]) for name in agreements.columns],
            "match_share": [float(classifier.p)] * len(agreements.columns),
        }
    )


def binary_agreements(levels: pl.DataFrame, exact: dict[str, int]) -> pl.DataFrame:
    """Comparison levels (UInt8, 0 missing) -> Boolean agreement, pairs with a missing feature left out.

    exact: feature -> the code of its exact level; the features to use.
    """
    chosen = levels.select(list(exact)).filter(pl.all_horizontal(pl.col(name) > 0 for name in exact))
    return chosen.select((pl.col(name) == code).alias(name) for name, code in exact.items())
