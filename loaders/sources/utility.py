"""`utility_billing` and `utility_usage`: who pays for a service, and how much of it is used."""

import polars as pl

from loaders.normalize.dates import DateOrder
from loaders.schema import UtilityBilling, UtilityUsage
from loaders.sources.base import Ruled, Source, phrases, spellings

_ACCOUNT = (
    "account",
    "account number",
    "account no",
    "account num",
    "acct",
    "acct no",
    "acct number",
    "acct id",
    "account #",
    "acct #",
    "customer account",
    "utility account",
    "service account",
    "account nbr",
)

_MULTIPLES = {
    "kgal": ("gal", 1000),
    "kgals": ("gal", 1000),
    "kgallons": ("gal", 1000),
    "thousand gallons": ("gal", 1000),
    "1000 gal": ("gal", 1000),
    "1000 gallons": ("gal", 1000),
    "tgal": ("gal", 1000),
    "mwh": ("kWh", 1000),
    "wh": ("kWh", 0.001),
    "dth": ("therm", 10),
    "dekatherm": ("therm", 10),
    "dekatherms": ("therm", 10),
}
"""Units that are a power of ten of a contract unit. CCF is not among them: of water it is 748 gal, of gas about
1.04 therm, and the row does not say which."""


def _scale_units(frame: pl.DataFrame, order: DateOrder) -> Ruled:
    """Rows in thousands of gallons and the like are brought to the contract's unit, with a remark."""
    del order  # no dates here
    if not {"usage", "unit"} <= set(frame.columns):
        return Ruled(frame)
    folded = pl.col("unit").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars()
    scaled = frame.filter(folded.is_in(list(_MULTIPLES)))
    if scaled.is_empty():
        return Ruled(frame)
    number = pl.col("usage").str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)
    factor = folded.replace_strict(
        {unit: float(by) for unit, (_, by) in _MULTIPLES.items()}, default=None, return_dtype=pl.Float64
    )
    target = folded.replace_strict(
        {unit: to for unit, (to, _) in _MULTIPLES.items()}, default=None, return_dtype=pl.String
    )
    remarks = scaled.select(
        "row",
        column=pl.lit("unit"),
        value="unit",
        reason=pl.format("usage multiplied by {} to give {}", factor.cast(pl.String), target),
    )
    return Ruled(
        frame.with_columns(
            usage=pl.when(factor.is_not_null() & number.is_not_null())
            .then((number * factor).cast(pl.String))
            .otherwise("usage"),
            unit=pl.when(factor.is_not_null()).then(target).otherwise("unit"),
        ),
        remarks=remarks,
    )


BILLING = Source(
    name="utility_billing",
    schema=UtilityBilling,
    aliases=phrases(
        account_id=(
            "account | account number | account no | account num | acct | acct no | acct number | acct id | "
            "account # | acct # | customer account | utility account | service account | account nbr"
        ),
        service_address=(
            "address | service location | service addr | premise address | premises address | location | "
            "street address | premise | serv address | site address"
        ),
        billing_name=(
            "name | customer | customer name | account name | account holder | billed to | bill to | bill name | "
            "bill to name | account holder name | subscriber"
        ),
        service_from=(
            "start date | service start | from | connect date | turn on date | move in | move in date | "
            "service start date | active from | start | on date | service from date"
        ),
        service_to=(
            "end date | service end | to | disconnect date | turn off date | move out | move out date | "
            "service end date | active to | end | stop date | off date | service to date"
        ),
        service_type=(
            "service | utility | utility type | type | type of service | commodity | svc type | service class"
        ),
    ),
    synonyms={
        "service_type": spellings(
            water="water | w | wtr | water sewer | water and sewer | h2o | water service",
            electric="electric | electricity | e | elec | power | el | electrical | electric service",
            gas="gas | g | natural gas | nat gas | ng | gas service",
        ),
    },
)

USAGE = Source(
    name="utility_usage",
    schema=UtilityUsage,
    aliases=phrases(
        account_id=(
            "account | account number | account no | account num | acct | acct no | acct number | acct id | "
            "account # | acct # | customer account | utility account | service account | account nbr"
        ),
        month=(
            "billing month | bill month | usage month | period | read month | billing period | month year | "
            "yyyymm | year month | date | read date | bill date | service month"
        ),
        usage=(
            "consumption | use | quantity | amount | amount used | used | usage amount | units used | volume | "
            "qty | metered usage | total usage | monthly usage"
        ),
        unit="units | uom | unit of measure | usage unit | measure | usage units",
    ),
    synonyms={
        "unit": spellings(
            gal="gal | gals | gallon | gallons | g | us gal",
            kWh=("kwh | kwhr | kwhrs | kw h | kilowatt hour | kilowatt hours | kilowatthours | kwhs | kw hr | kw hrs"),
            therm="therm | therms | thm | th | thms",
        ),
    },
    before=_scale_units,
)
