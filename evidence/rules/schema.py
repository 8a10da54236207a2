"""The JSON Schema of a rule pack, for editors: `python -m evidence.rules.schema > docs/rule-pack.schema.json`."""

import json
from typing import Any

from evidence.rules.pack import RulePack


def schema() -> dict[str, Any]:
    """The keys that a pack's file may have; the hash of the file is not one of them."""
    made = RulePack.model_json_schema(by_alias=True)
    return {**made, "properties": {key: value for key, value in made["properties"].items() if key != "sha256"}}


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2, ensure_ascii=False))
