"""A form as a page, as JSON and, through the page, as a PDF."""

import json
from dataclasses import asdict
from pathlib import Path

from evidence.atomic import replaced_folder
from evidence.case_files import FORMS_FOLDER, owned_forms
from evidence.forms.model import Form
from evidence.render.html import environment
from evidence.render.pdf import pdf_of


def form_html(form: Form) -> str:
    """The form as one page; every copy begins a new one on paper."""
    return str(environment().get_template("form.html.j2").render(f=form))


def form_json(form: Form) -> bytes:
    """The form as data, with the approval and its reason."""
    return (json.dumps({**asdict(form), "mark": form.mark}, indent=1, ensure_ascii=False) + "\n").encode(
        "utf-8", "replace"
    )


def write_form(form: Form, folder: Path, *, pdf: bool, force: bool = False) -> list[Path]:
    """Write the files of a form beside the summary of its case, whole or not at all; other forms stay.

    folder: that of the case; they go to `FORMS_FOLDER` in it. Raises OutputRefused.
    """
    page = form_html(form)
    files = {f"{form.form}.json": form_json(form), f"{form.form}.html": page.encode()}
    if pdf:
        files[f"{form.form}.pdf"] = pdf_of(page)

    def owned(_: Path) -> frozenset[str] | None:
        if not owned_forms(folder):
            return None
        return frozenset(f"{form.form}.{ending}" for ending in ("json", "html", "pdf"))

    with replaced_folder(folder / FORMS_FOLDER, owned, force=force) as partial:
        for name, content in files.items():
            (partial / name).write_bytes(content)
    return [folder / FORMS_FOLDER / name for name in files]
