"""`evidence rules list | show | check`: the ordinances as data, in plain words, and whether a city's own is sound."""

from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.options import day, plain, say

if TYPE_CHECKING:
    from evidence.rules.pack import RulePack

rules = typer.Typer(
    name="rules",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Ordinances as data: which there are, what one says, whether your own is sound.",
)

PackName = Annotated[str, typer.Argument(metavar="PACK", help="Name of a pack, or the path of a .toml file.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON on standard output.")]


@rules.command("list")
def list_packs(as_json: AsJson = False) -> None:
    """List the rule packs that come with the program: name, place, days in force, standing of the text, limit.

    Example: evidence rules list
    """
    from evidence.rules.pack import TEMPLATE, load_pack, pack_names

    packs = [load_pack("generic-3-unrelated" if name == TEMPLATE else name) for name in pack_names()]
    if as_json:
        import json

        say(json.dumps([_entry(pack) for pack in packs], indent=2, ensure_ascii=False))
        return
    for pack in packs:
        say(f"{pack.id}  ({pack.jurisdiction}; {_days(pack)}; {pack.text_status})")
        say(f"    {pack.limit_text}")
    say("\ngeneric-1-unrelated to generic-20-unrelated are one pack with another number.")
    say("`evidence rules show PACK` says what one holds; docs/rule-packs.md how to write your own.")


@rules.command()
def show(
    pack: PackName,
    on: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="Is it the law of this day? YYYY-MM-DD.")
    ] = None,
    bedroom: Annotated[
        list[float] | None,
        typer.Option(metavar="SQFT", min=0, max=10_000, help="A measured bedroom, for area packs; once for each."),
    ] = None,
    living: Annotated[float | None, typer.Option(metavar="SQFT", min=0, max=10_000, help="The living room.")] = None,
    dining: Annotated[float | None, typer.Option(metavar="SQFT", min=0, max=10_000, help="The dining room.")] = None,
    rooms: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=1000, help="Habitable rooms, for packs that count rooms.")
    ] = None,
    child: Annotated[
        list[int] | None,
        typer.Option(metavar="AGE", min=0, max=120, help="A child's age, for packs that weigh children."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a rule pack in plain words, with its citations: the limit, guests, exemptions, presumptions, what is run
    both ways, what it needs, and what its sources do not give.

    With measured rooms (--bedroom once for each, or --rooms) a pack that turns on rooms also says whom they allow.

    Example: evidence rules show san-marcos-tx --date 2025-10-01
    """
    from evidence.rules.describe import Measured, describe, measured_words
    from evidence.rules.pack import pack_asked_for

    found = pack_asked_for(pack)
    if as_json:
        say(found.model_dump_json(indent=2, by_alias=True))
        return
    for at, section in enumerate(describe(found, day(on, "--date"))):
        say(f"{chr(10) if at else ''}{plain(section.heading)}")
        for line in section.lines:
            say(f"  {plain(line)}")
    measured = Measured(tuple(bedroom or ()), living, dining, rooms, tuple(child or ()))
    if measured != Measured():
        say("\nMeasured rooms")
        for line in measured_words(found, measured):
            say(f"  {line}")


@rules.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A rule pack of your own, a .toml file.")],
    as_json: AsJson = False,
) -> None:
    """Check a rule pack of your own: each wrong key, what is wrong with it and what to do.

    The exit code is 0 for a sound pack, 65 for one that does not follow the schema (docs/rule-pack.schema.json), 66
    where there is no such file.

    Example: evidence rules check ./anytown.toml
    """
    from pathlib import Path

    from evidence.rules.dwelling import reasons
    from evidence.rules.pack import InvalidPack, read_pack

    try:
        found = read_pack(Path(file))
    except InvalidPack as error:
        if as_json:
            import json

            say(json.dumps({"file": error.file, "sound": False, "wrong": list(error.wrong)}, indent=2))
        else:
            say(f"{plain(error.file)}: not sound")
            for line in error.wrong:
                say(f"  {plain(line)}")
        raise typer.Exit(error.exit_code) from error
    remarks = _remarks(found) + reasons(found, {})
    if as_json:
        import json

        say(json.dumps({"file": file, "sound": True, "id": found.id, "remarks": remarks}, indent=2, ensure_ascii=False))
        return
    say(f"{plain(file)}: sound; {plain(found.id)}: {plain(found.limit_text)}")
    for remark in remarks:
        say(f"  remark: {plain(remark)}")


def _days(pack: "RulePack") -> str:
    if pack.valid_from is None and pack.valid_to is None:
        return "no days given"
    return f"{pack.valid_from or '...'} to {pack.valid_to or '...'}"


def _entry(pack: "RulePack") -> dict[str, object]:
    return {
        "id": pack.id,
        "jurisdiction": pack.jurisdiction,
        "valid_from": pack.valid_from and pack.valid_from.isoformat(),
        "valid_to": pack.valid_to and pack.valid_to.isoformat(),
        "preempted_by": pack.preempted_by,
        "text_status": pack.text_status,
        "citation": pack.citation,
        "limit_text": pack.limit_text,
    }


def _remarks(pack: "RulePack") -> list[str]:
    """What a sound pack leaves to the program's defaults or to nobody."""
    remarks = []
    if pack.guest_test.text_status == "default":
        remarks.append(f"no guest_test: the program's own stands in ({pack.guest_test.text})")
    if not pack.standard_given:
        remarks.append("no proof_standard: preponderance stands in")
    if pack.text_status != "quoted":
        remarks.append(f"text_status is {pack.text_status}: have the words checked before a hearing")
    if pack.valid_from is None:
        remarks.append("no valid_from: cases of any day before valid_to are judged by it")
    return remarks
