"""The first form: two chains that only grow, details of accesses, operators, cases and legal holds."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CHAINS = ("access_log", "disclosures")


def upgrade() -> None:
    """Make the tables, and the triggers that let a chain only grow."""
    op.create_table(
        "store",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "chain_heads",
        sa.Column("chain", sa.String(32), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    for chain in CHAINS:
        op.create_table(
            chain,
            sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("body", sa.Text, nullable=False),
            sa.Column("hash", sa.String(64), nullable=False),
        )
    op.create_table(
        "access_details",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "operators",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("active_from", sa.String(10), nullable=False),
        sa.Column("active_until", sa.String(10), nullable=True),
    )
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("opened_on", sa.String(10), nullable=True),
        sa.Column("first_seen_on", sa.String(10), nullable=False),
        sa.Column("closed_seen_on", sa.String(10), nullable=True),
        sa.Column("last_event_on", sa.String(10), nullable=True),
    )
    op.create_table(
        "holds",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("set_at", sa.String(32), nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
    )
    statements = _postgresql() if op.get_bind().dialect.name == "postgresql" else _sqlite()
    for statement in statements:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """There is no way back: an access record is not taken down."""
    raise NotImplementedError("an access record is not taken down")


def _sqlite() -> list[str]:
    made = []
    for chain in CHAINS:
        for act in ("UPDATE", "DELETE"):
            made.append(
                f"CREATE TRIGGER {chain}_no_{act.lower()} BEFORE {act} ON {chain} "
                f"BEGIN SELECT RAISE(ABORT, '{chain} only grows'); END"
            )
        made.append(
            f"CREATE TRIGGER {chain}_next BEFORE INSERT ON {chain} "
            f"WHEN NEW.seq != (SELECT coalesce(max(seq), 0) + 1 FROM {chain}) "
            f"BEGIN SELECT RAISE(ABORT, '{chain} takes only its next entry'); END"
        )
    return made


def _postgresql() -> list[str]:
    made = [
        "CREATE FUNCTION evidence_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END $$"
    ]
    for chain in CHAINS:
        made += [
            f"CREATE FUNCTION {chain}_next() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM {chain}) THEN "
            f"RAISE EXCEPTION '{chain} takes only its next entry'; END IF; RETURN NEW; END $$",
            f"CREATE TRIGGER {chain}_next BEFORE INSERT ON {chain} FOR EACH ROW EXECUTE FUNCTION {chain}_next()",
            f"CREATE TRIGGER {chain}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {chain} "
            "FOR EACH STATEMENT EXECUTE FUNCTION evidence_only_grows()",
        ]
    return made
