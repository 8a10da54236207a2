"""Who drives which car, for all cars of a case at once: one person rarely drives two cars in one night.

Cars of a case that share a possible driver form a group. Every way of giving each car of a group one of its hypotheses
is weighed by the product of their weights, times `two_cars_one_night` for each pair of cars that one person would drive
although both were seen on one night; marginals are exact sums over all ways. They decide who of the possible drivers
has which car; how likely it is that none of them has it stays what the registration says (an owner of two cars parks
both, and a second car is no sign of one more person). A group with too many ways (a log of nonsense, or a family with a
fleet) keeps the weights of its cars as they are.
"""

from itertools import combinations, product

import polars as pl

MOST_WAYS = 20_000  # of giving cars to persons; six cars with four possible drivers have 15,625


def same_night_pairs(seen: pl.DataFrame) -> set[tuple[str, str, str]]:
    """(case_id, one vehicle, another) seen on one night, in order of their ids. seen: case_id, vehicle_id, night."""
    nights = seen.select("case_id", "vehicle_id", "night").unique()
    pairs = nights.join(nights, on=["case_id", "night"], suffix="_other").filter(
        pl.col("vehicle_id") < pl.col("vehicle_id_other")
    )
    return set(pairs.select("case_id", "vehicle_id", "vehicle_id_other").unique().iter_rows())


def joint_weights(rows: pl.DataFrame, together: set[tuple[str, str, str]], two_cars: float) -> pl.DataFrame:
    """The rows with `weight` replaced by the probability in the joint assignment.

    rows: case_id, vehicle_id, who, person_id (null: nobody named), weight > 0, distinct by the first four; together:
    `same_night_pairs`. Rows of vehicles that share no possible driver come back as they were.
    """
    wanted = (
        rows.drop_nulls("person_id")
        .group_by("case_id", "person_id")
        .agg(cars=pl.col("vehicle_id").n_unique())
        .filter(pl.col("cars") > 1)
    )
    shared = rows.join(wanted, on=["case_id", "person_id"], how="semi").select("case_id", "vehicle_id").unique()
    if shared.is_empty():
        return rows
    inside = rows.with_row_index("at").join(shared, on=["case_id", "vehicle_id"], how="semi").sort("at")
    weights = rows["weight"].to_list()
    for group in _groups(inside, set(wanted.select("case_id", "person_id").iter_rows())):
        for at, weight in _marginals(group, together, two_cars):
            weights[at] = weight
    return rows.with_columns(weight=pl.Series(weights, dtype=pl.Float64))


Option = tuple[str | None, list[tuple[int, float]], float]  # person, rows with their weights, total weight
Group = tuple[str, dict[str, list[Option]]]  # case, vehicle -> options


def _groups(inside: pl.DataFrame, wanted: set[tuple[str, str]]) -> list[Group]:
    """Cars linked by persons who may drive several of them; what else may drive a car is one option."""
    cases: dict[str, dict[str, dict[str | None, list[tuple[int, float]]]]] = {}
    for at, case, vehicle, person, weight in inside.select(
        "at", "case_id", "vehicle_id", "person_id", "weight"
    ).iter_rows():
        who = person if (case, person) in wanted else None
        cases.setdefault(case, {}).setdefault(vehicle, {}).setdefault(who, []).append((at, weight))
    groups = []
    for case in sorted(cases):
        cars, left = cases[case], sorted(cases[case])
        while left:
            found = [left.pop(0)]
            for car in found:
                drivers = cars[car].keys() - {None}
                near = [other for other in left if drivers & cars[other].keys()]
                left = [other for other in left if other not in near]
                found.extend(near)
            groups.append((case, {vehicle: _options(cars[vehicle]) for vehicle in sorted(found)}))
    return groups


def _options(drivers: dict[str | None, list[tuple[int, float]]]) -> list[Option]:
    return [(who, listed, sum(weight for _, weight in listed)) for who, listed in drivers.items()]


def _marginals(group: Group, together: set[tuple[str, str, str]], two_cars: float) -> list[tuple[int, float]]:
    case, cars = group
    ways = 1
    for options in cars.values():
        ways *= len(options)
    if ways > MOST_WAYS:
        return []
    names = list(cars)
    pairs = [(i, j) for i, j in combinations(range(len(names)), 2) if (case, names[i], names[j]) in together]
    sums = [[0.0] * len(options) for options in cars.values()]
    for way in product(*(range(len(options)) for options in cars.values())):
        chosen = [cars[name][k] for name, k in zip(names, way, strict=True)]
        weight = 1.0
        for _, _, total in chosen:
            weight *= total
        for i, j in pairs:
            if chosen[i][0] is not None and chosen[i][0] == chosen[j][0]:
                weight *= two_cars
        for index, k in enumerate(way):
            sums[index][k] += weight
    return [row for place, options in enumerate(cars.values()) for row in _shared_out(options, sums[place])]


def _shared_out(options: list[Option], marginals: list[float]) -> list[tuple[int, float]]:
    """Row and probability: what the persons of the group had of this car before, shared among them as in the joint."""
    everything = sum(total for *_, total in options)
    theirs = sum(total for who, _, total in options if who is not None) / everything
    joint = sum(m for (who, *_), m in zip(options, marginals, strict=True) if who is not None)
    rows: list[tuple[int, float]] = []
    for (who, listed, total), marginal in zip(options, marginals, strict=True):
        share = total / everything if who is None else theirs * marginal / joint
        rows.extend((at, share * weight / total) for at, weight in listed)
    return rows
