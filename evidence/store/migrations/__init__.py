"""How the store's tables came about: `versions/NNNN_what.py`, one after another, run by alembic.

A migration's revision is its four digits and `down_revision` the four before; the newest file is the newest form.
To add one, take the next number. It must run on SQLite and PostgreSQL, and never touch a row of a chain.
"""
