"""What names, streets and cars are drawn from: packaged tables, and short lists where no table exists."""

from functools import cache

import numpy as np
import polars as pl

from evidence.synthetic.chance import Floats, Texts, texts
from loaders.tables import table

STREETS = (
    "PLUM,MULBERRY,OAK,LAUREL,REMINGTON,SHIELDS,ELIZABETH,MOUNTAIN,COLLEGE,MAPLE,LOOMIS,WHITCOMB,GRANT,SHERWOOD,"
    "MASON,HOWES,MELDRUM,MATHEWS,PETERSON,WHEDBEE,SMITH,STOVER,ELLIS,GARFIELD,EDWARDS,PITKIN,LAKE,PROSPECT,DRAKE,"
    "HORSETOOTH,HARMONY,TRILBY,LEMAY,TIMBERLINE,TAFT HILL,OVERLAND,CONSTITUTION,CITY PARK,BIRCH,CEDAR,ASPEN,"
    "COTTONWOOD,PONDEROSA,SPRUCE,JUNIPER,WILLOW,ELM,ASH,LOCUST,CHERRY,APPLE,PEACH,HICKORY,WALNUT,MAGNOLIA,MYRTLE,"
    "OLIVE,VINE,CLOVER,SAGE,COLUMBINE,LARKSPUR,MEADOW,PRAIRIE,RIVER,CANYON,RIDGE,EAGLE,FALCON,HAWK,HERON,OSPREY,"
    "LINCOLN,JEFFERSON,MADISON,MONROE,JACKSON,HARRISON,TYLER,POLK,PIERCE,BUCHANAN,STANFORD,PRINCETON,HARVARD,YALE,"
    "CORNELL,DARTMOUTH,PARK PLACE,ST CHARLES,LA PORTE,DEL CLAIR,MARTIN LUTHER KING,NORTH SHORE,WEST LAKE,BAY,"
    "1ST,2ND,3RD,4TH,5TH,6TH,7TH,8TH,9TH,10TH,11TH,12TH,13TH"
).split(",")
HIGHWAYS = ("COUNTY ROAD 9", "COUNTY ROAD 54G", "COUNTY ROAD 38E", "STATE HIGHWAY 14", "US HIGHWAY 287", "HIGHWAY 1")
SUFFIXES = {
    "ST": 0.30,
    "AVE": 0.17,
    "DR": 0.17,
    "CT": 0.12,
    "LN": 0.07,
    "RD": 0.07,
    "PL": 0.04,
    "WAY": 0.03,
    "CIR": 0.03,
}
DIRECTIONS = {"": 0.55, "W": 0.13, "E": 0.12, "S": 0.11, "N": 0.09}

# City, state, ZIP code as written on mail; public geography.
FAR = tuple(
    tuple(line.split("|"))
    for line in (
        "OMAHA|NE|68114;LINCOLN|NE|68502;CHEYENNE|WY|82001;LARAMIE|WY|82070;CASPER|WY|82601;DALLAS|TX|75206;"
        "AUSTIN|TX|78704;HOUSTON|TX|77005;PLANO|TX|75023;NAPERVILLE|IL|60540;EVANSTON|IL|60201;MINNEAPOLIS|MN|55408;"
        "EDINA|MN|55424;OVERLAND PARK|KS|66212;WICHITA|KS|67208;SAN DIEGO|CA|92116;PASADENA|CA|91104;"
        "SACRAMENTO|CA|95816;SEATTLE|WA|98115;PORTLAND|OR|97212;PHOENIX|AZ|85018;TUCSON|AZ|85716;"
        "ALBUQUERQUE|NM|87106;SANTA FE|NM|87505;SALT LAKE CITY|UT|84105;BOISE|ID|83702;BILLINGS|MT|59102;"
        "ST LOUIS|MO|63105;DES MOINES|IA|50312;MADISON|WI|53703;ANN ARBOR|MI|48104;ATLANTA|GA|30306"
    ).split(";")
)
VIETNAMESE_FAMILY = texts("NGUYEN NGUYEN NGUYEN TRAN TRAN LE LE PHAM HUYNH HOANG VO DANG BUI DO NGO LY".split())
VIETNAMESE_GIVEN = texts("MINH ANH HUONG LINH TUAN DUNG HIEU THANH LAN MAI PHUONG QUANG TRANG VINH KIM BAO".split())
SPANISH_FAMILY = texts(
    "GARCIA MARTINEZ LOPEZ HERNANDEZ GONZALEZ PEREZ SANCHEZ RAMIREZ TORRES FLORES RIVERA CRUZ".split()
)
SPANISH_GIVEN = texts("JOSE LUIS JUAN CARLOS MIGUEL JESUS ANTONIO MARIA ANA GUADALUPE ROSA ELENA SOFIA ISABEL".split())
ARABIC_FAMILY = texts("AL HASSAN,AL-MASRI,EL SAYED,HADDAD,KHALIL,MANSOUR,RAHMAN,ABDULLAH,AL ZAHRANI,NASSER".split(","))
ARABIC_GIVEN = texts("MOHAMMED AHMED ALI OMAR YUSUF KHALID FATIMA LAYLA NOOR AISHA HASSAN IBRAHIM MARIAM".split())

# Make code, model: common cars of the time; shares are assumed.
CARS = tuple(
    tuple(pair.split(" ", 1))
    for pair in (
        "HOND CIVIC,HOND ACCORD,HOND CRV,TOYT COROLLA,TOYT CAMRY,TOYT TACOMA,TOYT RAV4,SUBA OUTBACK,SUBA LEGACY,"
        "SUBA IMPREZA,SUBA FORESTER,FORD F150,FORD ESCORT,FORD TAURUS,FORD EXPLORER,FORD FOCUS,CHEV SILVERADO,"
        "CHEV CAVALIER,CHEV BLAZER,JEEP CHEROKEE,JEEP WRANGLER,NISS SENTRA,NISS ALTIMA,NISS PATHFINDER,MAZD MAZDA3,"
        "MAZD PROTEGE,VOLK JETTA,VOLK GOLF,DODG RAM,DODG NEON,PONT GRAND AM,HYUN ELANTRA,KIA SPORTAGE,SATR SL2,"
        "VOLV 850,BUIC LESABRE,GMC SIERRA,BMW 325I,AUDI A4,MERC SABLE"
    ).split(",")
)
COLORS = {
    "WHI": 0.19,
    "SIL": 0.19,
    "BLK": 0.14,
    "GRY": 0.12,
    "BLU": 0.12,
    "RED": 0.11,
    "GRN": 0.07,
    "TAN": 0.04,
    "MAR": 0.02,
}


@cache
def surnames() -> tuple[Texts, Floats]:
    """US surnames of 2000 and how many bear them."""
    frame = table("surnames").head(12_000)
    return texts(frame["surname"].to_list()), frame["count"].cast(pl.Float64).to_numpy()


@cache
def given_names(cohort: str, sex: str) -> tuple[Texts, Floats]:
    """First names given to one sex over the years of a cohort table, with births."""
    frame = table(f"first_names_{cohort}").filter(pl.col("sex") == sex)
    return texts(frame["first_name"].to_list()), frame["births"].cast(pl.Float64).to_numpy()


@cache
def nicknames() -> dict[str, tuple[str, ...]]:
    """Given name -> the short forms people write, upper case, sorted."""
    frame = table("nicknames").filter(pl.col("relationship") == "has_nickname")
    pairs: dict[str, set[str]] = {}
    for name, short in frame.select("name1", "name2").iter_rows():
        pairs.setdefault(name.upper(), set()).add(short.upper())
    return {name: tuple(sorted(short)) for name, short in sorted(pairs.items())}


@cache
def colorado_places() -> tuple[tuple[str, str, str], ...]:
    """City, state, ZIP of the state outside the town."""
    frame = table("zip_colorado").filter((pl.col("type") == "STANDARD") & (pl.col("city") != "Fort Collins"))
    return tuple((city.upper(), "CO", code) for city, code in frame.select("city", "zip").iter_rows())


@cache
def town_zips() -> Texts:
    """ZIP codes of the town itself."""
    frame = table("zip_colorado").filter((pl.col("type") == "STANDARD") & (pl.col("city") == "Fort Collins"))
    return texts(frame["zip"].to_list())


@cache
def plate_patterns() -> dict[str, tuple[str, ...]]:
    """State code -> serial patterns ('?' letter, '#' digit, separators gone) of the older table."""
    codes = {row[0]: row[1] for row in table("states").select("written", "standard").iter_rows()}
    found: dict[str, list[str]] = {}
    for state, pattern in table("plate_formats_older").iter_rows():
        code = codes.get(state.upper())
        if code:
            found.setdefault(code, []).append("".join(c for c in pattern if c in "?#" or c.isalnum()))
    return {code: tuple(sorted(set(patterns))) for code, patterns in sorted(found.items())}


def cohort_of(birth_year: int) -> str:
    """The packaged first-name table nearest to a year of birth."""
    return "1950_1980" if birth_year < 1982 else "1984_1990" if birth_year < 1995 else "2001_2007"


def weights(shares: dict[str, float]) -> Floats:
    """The shares as an array, in their order."""
    return np.array(list(shares.values()), dtype=float)
