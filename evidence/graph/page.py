"""The page of a linkage graph: one file that fetches nothing and runs nothing but its own scripts.

A strict Content-Security-Policy names the hash of each script and style sheet in the page, so that text which a source
smuggles in could not run even if it came out as markup; and it does not: names reach the page as JSON in a data block
and become text nodes. https://www.w3.org/TR/CSP3/#hash-usage
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evidence.graph.commands import commands_of
from evidence.graph.model import CaseGraph

# In this order: later ones use what earlier ones define.
SCRIPTS: Final = ("dom", "state", "picture", "commands", "details", "threshold", "paths", "tables", "exports", "main")
# The library would add this style sheet itself, which the policy forbids; it looks for the id and finds it.
_LIBRARY_STYLE: Final = ".__________cytoscape_container { position: relative; }"


def graph_page(
    found: CaseGraph, city: Path, *, options: Mapping[str, Path | None] | None = None, summary: str | None = None
) -> bytes:
    """The page as UTF-8: equal graphs, equal bytes. city, options: see `commands_of`; summary: the page of the summary,
    where it lies beside.
    """
    commands = {edge: [asdict(each) for each in all_of] for edge, all_of in commands_of(found, city, options).items()}
    data = {**found.as_dict(), "commands": commands}
    style, library, scripts = _read("page.css"), _read("vendor/cytoscape.min.js"), _own_scripts()
    page = _environment().get_template("graph.html.j2")
    return page.render(
        data,
        policy=policy((library, scripts), (style, _LIBRARY_STYLE)),
        style=Markup(style),
        library_style=Markup(_LIBRARY_STYLE),
        library=Markup(library),
        scripts=Markup(scripts),
        data=Markup(data_block(data)),
        summary=summary,
    ).encode("utf-8", "replace")


def policy(scripts: tuple[str, ...], styles: tuple[str, ...]) -> str:
    """The policy that allows these and nothing else: no network, no frame, no form, no other script."""
    allowed = {"script-src": scripts, "style-src": styles}
    hashes = [" ".join([name, *map(_hash, texts)]) for name, texts in allowed.items()]
    return "; ".join(["default-src 'none'", *hashes, "base-uri 'none'", "form-action 'none'"])


def data_block(value: Any) -> str:
    """JSON that can stand inside a script element: `<`, `>` and `&` never end it or begin a comment.

    https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str)
    return text.translate({ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"})


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("evidence.graph"), autoescape=True, undefined=StrictUndefined)


@cache
def _own_scripts() -> str:
    parts = "".join(_read(f"scripts/{name}.js") for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


@cache
def _read(name: str) -> str:
    return resources.files("evidence.graph").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
