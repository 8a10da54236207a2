"""The data dictionary as a table and as text, straight from the schemas."""

import inspect

import polars as pl

from loaders.sources import SOURCES


def describe() -> pl.DataFrame:
    """One row per column: `source`, `column`, `type`, `required` (yes, no, or which columns stand in), `unit`,
    `values`, `meaning`, `aliases`.
    """
    rows = []
    for source in SOURCES:
        for column, definition in source.columns().items():
            meta = definition.metadata or {}
            group = next((group for group in source.one_of if column in group), None)
            rows.append(
                {
                    "source": source.name,
                    "column": column,
                    "type": meta["kind"],
                    "required": " or ".join(group) if group else ("no" if definition.nullable else "yes"),
                    "unit": meta["unit"],
                    "values": ", ".join(meta["values"]) or None,
                    "meaning": definition.description,
                    "aliases": ", ".join(source.aliases.get(column, ())) or None,
                }
            )
    return pl.DataFrame(rows)


def describe_text() -> str:
    """The same for people, with what is known of each source's biases."""
    table = describe()
    parts = []
    for source in SOURCES:
        parts.append(f"{source.name}\n  {inspect.getdoc(source.schema)}".replace("\n\n", "\n").replace("\n", "\n  "))
        for line in table.filter(pl.col("source") == source.name).iter_rows(named=True):
            mark = "*" if line["required"] == "yes" else "+" if line["required"] != "no" else " "
            detail = f" ({line['values'] or line['unit']})" if line["values"] or line["unit"] else ""
            parts.append(f"  {mark} {line['column']:<24} {line['type']:<11} {line['meaning']}{detail}")
        parts.append("")
    return "\n".join([*parts, "* required   + one of these is required"])
