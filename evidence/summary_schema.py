"""The JSON Schema of summary.json: `python -m evidence.summary_schema > docs/summary.schema.json`."""

import json
from typing import Any

from evidence.summary_model import SCHEMA, Summary


def schema() -> dict[str, Any]:
    """What a summary holds, for programs that read it (JSON Schema 2020-12); made from the model, never by hand."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        **Summary.model_json_schema(by_alias=True, mode="serialization"),
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2, ensure_ascii=False))
