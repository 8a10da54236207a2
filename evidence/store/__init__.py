"""The case store and the access record: who read which protected source, for which case, why, and what came of it.

`place` says which store is meant, `purposes` what a purpose opens, `gate` who may pass, `log` what is written down,
`verification` whether it is still what was written. Nothing here is imported where no store is configured, and
SQLAlchemy and alembic only when one is opened. See docs/data-protection.md.
"""
