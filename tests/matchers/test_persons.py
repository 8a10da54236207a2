"""Who is one person and who is not: the hard cases as a table, then the laws, then a town with known truth."""

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from matchers import between_clusters
from matchers.persons import PersonLinks, count_named, link_persons
from tests.matchers.mention_towns import Faults, mention_frame, pair_scores, town

HOUSE = {"dwelling_id": "d-0"}
BORN, LATER, OTHER = date(1985, 3, 7), date(1961, 11, 24), date(1982, 10, 24)


def link(*rows: dict[str, object]) -> PersonLinks:
    """Rows given, in a town large enough for rates and name frequencies to be known."""
    known = mention_frame(list(rows)).with_columns(pl.col("truth").fill_null(-1), pl.lit(True).alias("asked"))
    others = town(120, seed=9).with_columns(
        pl.lit(False).alias("asked"), pl.format("o-{}", "dwelling_id").alias("dwelling_id")
    )
    both = pl.concat([known, others.select(known.columns)]).drop("mention_id").with_row_index("mention_id")
    return link_persons(both)


def persons_of(links: PersonLinks) -> list[int]:
    """Per asked row, the number of its person in order of appearance: [0, 0, 1] = the third is someone else."""
    ids = links.mentions.filter("asked").sort("mention_id")["person_id"].to_list()
    return [list(dict.fromkeys(ids)).index(person) for person in ids]


def lease(given: str, family: str, **more: object) -> dict[str, object]:
    return {"source": "lease_disclosures", "given": given, "family": family, "group_key": "lease:1", **HOUSE, **more}


def dmv(given: str, family: str, **more: object) -> dict[str, object]:
    return {"source": "dmv_registrations", "given": given, "family": family, **HOUSE, **more}


def utility(given: str, family: str, **more: object) -> dict[str, object]:
    return {"source": "utility_billing", "given": given, "family": family, **HOUSE, **more}


def student(given: str, family: str, **more: object) -> dict[str, object]:
    return {"source": "university_addresses", "given": given, "family": family, **HOUSE, **more}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([lease("ROBERT", "BAKER"), utility("BOB", "BAKER")], [0, 0], id="nickname"),
        pytest.param([lease("JENNIFER", "BAKER"), utility("JENNIFRE", "BAKER")], [0, 0], id="misspelt"),
        pytest.param([lease("ANNE", "BAKER"), utility("BAKER", "ANNE")], [0, 0], id="names exchanged"),
        pytest.param([lease("JOHN", "BAKER"), utility("J", "BAKER")], [0, 0], id="initial at the same dwelling"),
        pytest.param(
            [lease("ROSA", "GARCIA LOPEZ"), utility("LOPEZ", "GARCIA", middle="ROSA")], [0, 0], id="two surnames split"
        ),
        pytest.param([lease("JOHN", "BAKER"), utility("MARY", "BAKER")], [0, 1], id="spouses"),
        pytest.param(
            [lease("JOHN", "BAKER", dob=BORN), lease("JASON", "BAKER", dob=BORN)], [0, 1], id="twins on one lease"
        ),
        pytest.param(
            [
                student("JOHN", "BAKER", dob=BORN, record_key="student:1"),
                student("JASON", "BAKER", dob=BORN, record_key="student:2"),
            ],
            [0, 1],
            id="twins by their numbers",
        ),
        pytest.param([lease("JOHN", "BAKER"), lease("JON", "BAKER")], [0, 1], id="two like names on one lease"),
        pytest.param(
            [dmv("MARY", "BAKER", dob=BORN), dmv("JOHN", "BAKER", dob=LATER), utility("MARY", "BAKER")],
            [0, 1, 0], id="spouses in three papers",
        ),
        pytest.param(
            [dmv("JOHN", "BAKER", suffix="JR", dob=BORN), lease("JOHN", "BAKER", suffix="SR", dob=BORN)], [0, 0],
            id="one birth date outweighs a suffix",
        ),
        pytest.param(
            [dmv("JOHN", "BAKER", suffix="SR"), utility("JOHN", "BAKER", suffix="JR")], [0, 1], id="senior and junior"
        ),
        pytest.param(
            [dmv("JOHN", "BAKER", dob=BORN), lease("JOHN", "BAKER", dob=LATER)], [0, 1], id="father and son by date"
        ),
        pytest.param(
            [
                dmv("XIOMARA", "ZABRISKIE", middle="RUTH", dob=BORN),
                lease("XIOMARA", "ZABRISKIE", middle="RUTH", dob=OTHER),
            ],
            [0, 0],
            id="one rare name in full, a wrong birth date",
        ),
        pytest.param(
            [dmv("JOHN", "BAKER", dob=BORN), student("JOHN", "BAKER", dob=date(1985, 7, 3))],
            [0, 0],
            id="day and month exchanged",
        ),
        pytest.param(
            [lease("KEVIN", "ZABRISKIE", dob=BORN), dmv("KEVIN", "ZABRISKIE", dob=BORN, dwelling_id="d-9")],
            [0, 0],
            id="car registered at the parents' home",
        ),
        pytest.param(
            [lease("KEVIN", "ZABRISKIE"), utility("KEVIN", "ZABRISKIE", dwelling_id="d-9")],
            [0, 0],
            id="a rare name, moved",
        ),
        pytest.param(
            [lease("ROBERT", "ZABRISKIE"), dmv("KEVIN", "ZABRISKIE", dwelling_id="d-9")], [0, 1], id="kin elsewhere"
        ),
        pytest.param(
            [
                student("LI", "WEI", record_key="student:1"),
                student("WEI", "LI", record_key="student:1", dwelling_id="d-9"),
            ],
            [0, 0],
            id="one student number",
        ),
        pytest.param(
            [
                student("MARIA", "GARCIA", record_key="student:1"),
                student("MARIA", "GARCIA", record_key="student:2", dwelling_id="d-9"),
            ],
            [0, 1],
            id="two student numbers",
        ),
        pytest.param(
            [lease("JOHN", "BAKER"), utility("J", "BAKER"), dmv("JAMES", "BAKER")],
            [0, 0, 1],
            id="no chain through an initial",
        ),
        pytest.param(
            [
                dmv("SARA", "CHAIREZ", dob=BORN),
                dmv("SARA", "SCHAEFFER", dob=BORN),
                utility("SARA", "CHAIREZ"),
            ],
            [0, 0, 0],
            id="a change of name does not shut out other papers",
        ),
    ],
)  # fmt: skip
def test_hard_cases(rows: list[dict[str, object]], expected: list[int]) -> None:
    assert persons_of(link(*rows)) == expected


def test_father_and_son_stay_two_whichever_of_them_a_paper_without_a_date_joins() -> None:
    links = link(
        dmv("JOHN", "BAKER", dob=BORN), student("JOHN", "BAKER", dob=LATER), utility("JOHN", "BAKER", middle="Q")
    )
    assert persons_of(links)[:2] == [0, 1]


def test_a_common_name_elsewhere_in_a_city_is_somebody_else() -> None:
    """In a hamlet the two John Smiths are one man who moved; in a town of thousands they need not be."""
    rows = [lease("JOHN", "SMITH", truth=-1), utility("JOHN", "SMITH", dwelling_id="d-9", truth=-1)]
    rows += [
        lease("KEVIN", "ZABRISKIE", group_key=None, truth=-2),
        utility("KEVIN", "ZABRISKIE", dwelling_id="d-9", truth=-2),
    ]
    crowd = town(2500, seed=3).with_columns(pl.format("o-{}", "dwelling_id").alias("dwelling_id"))
    both = pl.concat([mention_frame(rows).select(crowd.columns), crowd]).drop("mention_id").with_row_index("mention_id")
    ids = link_persons(both).mentions.head(4)["person_id"].to_list()
    assert ids[0] != ids[1]
    assert ids[2] == ids[3]


def test_bodies_are_never_persons() -> None:
    links = link(
        {"kind": "trust", "given": "JOHN", "family": "BAKER", "source": "assessor", **HOUSE},
        {"kind": "trust", "given": "JOHN", "family": "BAKER", "source": "utility_billing", **HOUSE},
        lease("JOHN", "BAKER"),
    )
    trust, bill, tenant = links.mentions.filter("asked").sort("mention_id")["person_id"].to_list()
    assert trust == bill
    assert (trust[0], tenant[0]) == ("B", "P")


def test_a_mention_is_never_lost_and_a_name_on_paper_alone_is_one_person() -> None:
    links = link(lease("JOHN", "BAKER"), {"source": "assessor", "family": "ODD"}, {"source": "assessor"})
    assert links.mentions["person_id"].null_count() == 0
    assert persons_of(links) == [0, 1, 2]


def test_papers_that_name_no_place_tell_nothing_of_address() -> None:
    pairs = link(lease("KEVIN", "ZABRISKIE", dob=BORN), dmv("KEVIN", "ZABRISKIE", dob=BORN, dwelling_id=None)).pairs
    assert pairs.filter((pl.col("left") == 0) & (pl.col("right") == 1))["bits_address"].to_list() == [0.0]


@pytest.fixture(scope="module")
def linked_town() -> PersonLinks:
    return link_persons(town(800, seed=21))


def test_distinct_names_of_one_document_are_distinct_persons(linked_town: PersonLinks) -> None:
    named = (
        linked_town.mentions.drop_nulls("group_key")
        .group_by("group_key", "person_id")
        .agg(pl.struct("given", "family").n_unique().alias("names"))
    )
    assert named["names"].max() == 1


def named_twice() -> pl.DataFrame:
    """A town whose people one register names twice, the second time with the given name's first letter gone."""
    once = town(120, seed=9).filter(pl.col("dob").is_not_null()).unique("truth", maintain_order=True)
    misspelt = pl.when(pl.col("given").str.len_chars() > 4).then(pl.col("given").str.slice(1)).otherwise("given")
    nothing = pl.lit(None, pl.String)
    twice = pl.concat([once, once.with_columns(misspelt.alias("given"))]).drop("mention_id")
    return twice.with_row_index("mention_id").with_columns(
        source=pl.lit("register"), record_key=nothing, group_key=nothing
    )


def test_a_register_that_numbers_its_rows_keeps_nobody_apart() -> None:
    numbered = named_twice().with_columns(pl.format("student:{}", "mention_id").alias("record_key"))
    assert pair_scores(link_persons(numbered).mentions)["recall"] > 0.97


def test_papers_that_name_everybody_twice_keep_nobody_apart() -> None:
    on_paper = named_twice().with_columns(pl.format("lease:{}", "dwelling_id").alias("group_key"))
    assert pair_scores(link_persons(on_paper).mentions)["recall"] > 0.97


def test_contradicting_dates_hardly_ever_share_a_person(linked_town: PersonLinks) -> None:
    years = linked_town.mentions.drop_nulls("dob").group_by("person_id").agg(
        pl.col("dob").dt.year().n_unique().alias("years"), pl.col("dob").dt.month().n_unique().alias("months"),
        pl.col("dob").dt.day().n_unique().alias("days"), pl.col("record_key").n_unique().alias("keys"),
    )  # fmt: skip
    wholly = years.filter((pl.col("years") > 1) & (pl.col("months") > 1) & (pl.col("days") > 1))
    assert len(wholly) <= 0.005 * linked_town.mentions["person_id"].n_unique()


def test_it_does_not_matter_how_many_pairs_are_looked_up_at_a_time(
    linked_town: PersonLinks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(between_clusters, "_LOOKED_UP", 7)
    again = link_persons(town(800, seed=21))
    for one, other in ((again.mentions, linked_town.mentions), (again.pairs, linked_town.pairs)):
        assert_frame_equal(one, other, check_exact=True)
    assert_frame_equal(again.possible_merges, linked_town.possible_merges, check_exact=True)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("faults", "least"),
    [
        (Faults(typo=0, nickname=0, initial=0, swap=0, dob_fault=0, dob_missing=0, elsewhere=0.1), 0.985),
        (Faults(), 0.975),
        (Faults(typo=0.1, nickname=0.1, initial=0.1, swap=0.04, dob_fault=0.05, dob_missing=0.4), 0.90),
    ],
    ids=["clean", "usual", "noisy"],
)
def test_accuracy_on_a_town_with_known_truth(seed: int, faults: Faults, least: float) -> None:
    links = link_persons(town(500, seed=seed, faults=faults))
    assert pair_scores(links.mentions)["b_f1"] >= least


def test_p_match_is_calibrated(linked_town: PersonLinks) -> None:
    """Of the pairs called 70 %, about 70 % are one person."""
    truth = linked_town.mentions.select("mention_id", "truth")
    pairs = linked_town.pairs.join(truth.rename({"mention_id": "left"}), on="left").join(
        truth.rename({"mention_id": "right"}), on="right", suffix="_right"
    )
    bands = (
        pairs.filter(pl.col("p_match") > 0.05)
        .with_columns((pl.col("p_match") * 4).floor().alias("band"), same=pl.col("truth") == pl.col("truth_right"))
        .group_by("band")
        .agg(pl.len(), pl.col("same").mean(), pl.col("p_match").mean())
        .filter(pl.col("len") >= 50)
    )
    assert (bands["same"] - bands["p_match"]).abs().max() < 0.15  # type: ignore[operator]


def test_nine_intervals_in_ten_hold_the_true_number(linked_town: PersonLinks) -> None:
    groups = linked_town.mentions.filter(pl.col("dwelling_id").str.starts_with("d-")).select(
        pl.col("dwelling_id").alias("group_id"), "mention_id", "truth"
    )
    counted = count_named(linked_town, groups).join(
        groups.group_by("group_id").agg(pl.col("truth").n_unique().alias("true")), on="group_id"
    )
    inside = counted.select(pl.col("true").is_between("low", "high").mean()).item()
    assert inside >= 0.9
    assert (
        counted.select((pl.col("low") <= pl.col("persons_named")) & (pl.col("persons_named") <= pl.col("high")))
        .to_series()
        .all()
    )
    # uncertain links widen the interval, and only they
    assert 0 < counted.select((pl.col("high") > pl.col("low")).mean()).item() < 0.5


def test_a_doubtful_namesake_widens_the_count() -> None:
    links = link(lease("JOHN", "SMITH", dob=BORN), utility("J", "SMITH", group_key=None), dmv("JAMES", "SMITH"))
    groups = links.mentions.filter("asked").select(pl.lit("case").alias("group_id"), "mention_id")
    row = count_named(links, groups).row(0, named=True)
    assert row["persons_named"] == 2
    assert row["high"] == 3 or row["low"] == row["high"] == 2


def test_counting_groups_without_persons() -> None:
    links = link({"kind": "company", "raw_name": "ACME LLC", "source": "assessor", **HOUSE})
    groups = pl.DataFrame({"group_id": ["x"], "mention_id": pl.Series([0], dtype=pl.UInt32)})
    assert count_named(links, groups).row(0) == ("x", 0, 0, 0)


def test_the_same_mentions_give_the_same_answer_in_any_order() -> None:
    mentions = town(150, seed=4)
    one, other = link_persons(mentions), link_persons(mentions.sample(fraction=1.0, shuffle=True, seed=8))
    for name in ("mentions", "pairs", "parameters", "possible_merges"):
        assert_frame_equal(getattr(one, name), getattr(other, name))


def test_the_order_of_the_rows_of_a_file_changes_nothing() -> None:
    """Same persons, same parameters to the last bit, though every mention is numbered anew."""
    mentions = town(400, seed=14).with_columns(pl.col("mention_id").alias("named"))
    shuffled = mentions.sample(fraction=1.0, shuffle=True, seed=8).drop("mention_id").with_row_index("mention_id")
    one, other = link_persons(mentions), link_persons(shuffled)
    assert_frame_equal(one.parameters, other.parameters)
    people = [links.mentions.group_by("person_id").agg(pl.col("named").sort()) for links in (one, other)]
    assert sorted(people[0]["named"].to_list()) == sorted(people[1]["named"].to_list())
    weights = [links.pairs["match_weight_bits"].sort() for links in (one, other)]
    assert weights[0].equals(weights[1])


@pytest.mark.parametrize("rows", [[], [{"kind": "company"}], [{"given": "ANN", "family": "LEE"}]])
def test_nothing_to_link(rows: list[dict[str, object]]) -> None:
    empty = town(1, seed=1).clear()
    links = link_persons(mention_frame(rows) if rows else empty)
    assert len(links.mentions) == len(rows)
    assert links.pairs.is_empty()
