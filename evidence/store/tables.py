"""The tables of the store as SQLAlchemy Core; `migrations/` makes them, and a test holds the two together.

Times are text, ISO 8601 in UTC with a `Z`: the same characters on every database, and what is hashed. Days are text,
YYYY-MM-DD. Nothing personal stands in the chains but the names of operators and of those to whom something was
disclosed: reasons, search terms and persons seen are in `access_details`, which retention may clear.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

store = sa.Table(
    "store",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("created_at", sa.String(32), nullable=False),
)

chain_heads = sa.Table(
    "chain_heads",
    metadata,
    sa.Column("chain", sa.String(32), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)


def _chain(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )


access_log = _chain("access_log")
disclosures = _chain("disclosures")
CHAINS = {table.name: table for table in (access_log, disclosures)}

access_details = sa.Table(
    "access_details",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("content", sa.Text, nullable=False),
)

operators = sa.Table(
    "operators",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("active_from", sa.String(10), nullable=False),
    sa.Column("active_until", sa.String(10), nullable=True),
)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("opened_on", sa.String(10), nullable=True),
    sa.Column("first_seen_on", sa.String(10), nullable=False),
    sa.Column("closed_seen_on", sa.String(10), nullable=True),
    sa.Column("last_event_on", sa.String(10), nullable=True),
)

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("set_at", sa.String(32), nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
)
