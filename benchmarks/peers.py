"""Other record linkage programs on the same mention frames, set up as their own documentation advises.

Each returns mention_id, person_id and says its version. They are yardsticks, not dependencies: Splink is not installed
with the project, and the tests that need it are skipped then.
"""

from collections.abc import Mapping

import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

PEERS = ("splink", "recordlinkage_ecm")  # those that the accuracy benchmark runs

_NAME_INITIAL, _SURNAME_INITIAL, _BIRTH_YEAR = "substr(first_name, 1, 1)", "substr(surname, 1, 1)", "substr(dob, 1, 4)"
# Rules by width. `lean`: few and strict, as Splink's guide to blocking advises for a start, each with two columns that
# agree; `strict`: three such, with the simplest comparisons, the least that links a city at all. `same`: those of
# `matchers.blocking` that SQL can say as equal columns, without its sounds, short forms and bounds on a block.
SPLINK_BLOCKING: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "broad": (
        ("surname", "first_name"),
        ("dob", _NAME_INITIAL),
        ("dob", _SURNAME_INITIAL),
        ("address",),
        ("surname", _NAME_INITIAL, "postcode"),
    ),
    "lean": (
        ("dob", "surname"),
        ("dob", "first_name"),
        ("surname", "first_name", "postcode"),
        ("address", "first_name"),
        ("address", "surname"),
    ),
    "strict": (("dob", "surname"), ("surname", "first_name", "postcode"), ("address", "first_name")),
    "same": (
        ("address",),
        ("dob", _NAME_INITIAL),
        ("dob", _SURNAME_INITIAL),
        ("dob", "postcode"),
        ("surname", _NAME_INITIAL, _BIRTH_YEAR),
        ("surname", _NAME_INITIAL, "postcode"),
        ("surname", "first_name"),
    ),
}


def splink(mentions: pl.DataFrame, blocking: str = "broad", threshold: float = 0.5) -> tuple[pl.DataFrame, str]:
    """Splink on DuckDB: its template comparisons with term frequencies, u from random pairs, m by two EM sessions,
    clusters at the threshold. blocking: one of SPLINK_BLOCKING (`strict` compares as simply as it blocks, without
    frequencies). Raises ImportError where it is not installed.
    """
    import splink as package
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    frame = mentions.select(
        unique_id="mention_id",
        first_name="given",
        surname="family",
        middle="middle",
        dob=pl.col("dob").cast(pl.String),
        address="address_key",
        postcode="zip",
    )
    used = [name for name in ("middle", "postcode") if frame[name].null_count() < len(frame)]
    full = [
        cl.NameComparison("first_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.LevenshteinAtThresholds("address", [1, 3]),
        *(cl.ExactMatch(name) for name in used),
    ]
    simple = [
        *(cl.JaroWinklerAtThresholds(name, [0.92]) for name in ("first_name", "surname")),
        *(cl.ExactMatch(name) for name in ("dob", "address", "postcode") if frame[name].null_count() < len(frame)),
    ]
    strict = blocking == "strict"
    trained_on = (("dob", "surname"), ("address", "first_name")) if strict else (("first_name", "surname"), ("dob",))
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in SPLINK_BLOCKING[blocking]],
        comparisons=simple if strict else full,
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    api = DuckDBAPI()
    linker = Linker(api.register(frame.to_pandas()), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("first_name", "surname", "dob")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for columns in trained_on:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    predicted = linker.inference.predict(threshold_match_probability=threshold)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold)
    found = pl.from_pandas(clusters.as_pandas_dataframe())
    said = found.select(
        pl.col("unique_id").cast(pl.UInt32).alias("mention_id"), person_id=pl.col("cluster_id").cast(pl.String)
    )
    return (
        said,
        f"splink {package.__version__}, {blocking} rules, {'simple' if strict else 'template'} comparisons, EM, "
        f"p > {threshold}",
    )


def recordlinkage_ecm(mentions: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """recordlinkage: blocking on surname, given name, birth date and address in turn, Jaro-Winkler at 0.85, ECM."""
    import recordlinkage
    from recordlinkage.index import Block

    frame = mentions.select("given", "family", pl.col("dob").cast(pl.String), "address_key", "zip").to_pandas()
    indexer = recordlinkage.Index([Block(name) for name in ("given", "family", "dob", "address_key")])
    pairs = indexer.index(frame)
    compare = recordlinkage.Compare()
    for name in ("given", "family", "address_key"):
        compare.string(name, name, method="jarowinkler", threshold=0.85, label=name)
    for name in ("dob", "zip"):
        compare.exact(name, name, label=name)
    vectors = compare.compute(pairs, frame)
    links = recordlinkage.ECMClassifier(init="jaro").fit_predict(vectors)
    left, right = (links.get_level_values(side).to_numpy() for side in (0, 1))
    graph = coo_array(([1] * len(left), (left, right)), shape=(len(frame), len(frame)))
    labels = connected_components(graph, directed=False)[1]
    said = mentions.select("mention_id").with_columns(pl.Series("person_id", labels).cast(pl.String))
    return said, f"recordlinkage {recordlinkage.__version__}, Jaro-Winkler 0.85, ECM"


def goldenmatch(mentions: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """goldenmatch as it configures itself. Raises ImportError where it is not installed."""
    import goldenmatch as package  # type: ignore[import-not-found]

    fields = mentions.select("given", "middle", "family", pl.col("dob").cast(pl.String), "address_key", "zip")
    clusters = package.dedupe_df(fields).clusters
    labels = {row: f"c{number}" for number, cluster in clusters.items() for row in cluster["members"]}
    persons = [labels.get(row, f"r{row}") for row in range(len(mentions))]
    said = mentions.select("mention_id").with_columns(pl.Series("person_id", persons, dtype=pl.String))
    return said, f"goldenmatch {package.__version__}, configured by itself"
