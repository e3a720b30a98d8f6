"""Records in words: lines for a terminal, and a section of `results.md`.

A record is what `__main__.py` wrote: the object of `citywatch bench --json`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

Told = Mapping[str, Any]
WIDE: Final = 3  # from so many variants on, a variant is a line of the table, else a column
OWN: Final = ("case", "variant")


def lines(record: Told) -> Iterator[str]:
    """One record for a terminal."""
    yield f"{record['case']}: {record['variant']}"
    for name, value in _figures(record).items():
        yield f"  {name}: {value}"


def append(path: Path, heading: str, records: Sequence[Told], first: bool) -> None:
    """Add the section of one case; the `first` of a run brings the heading of the run with it."""
    case = records[0]["case"]
    text = f"\n## {heading}\n" if first else ""
    text += f"\n### `citywatch bench {case}`\n\n" + "\n".join(table(records)) + "\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def table(records: Sequence[Told]) -> Iterator[str]:
    """The records of one case in Markdown: what is the same for all is said once, above."""
    told = [{"": record["variant"], **_figures(record)} for record in records]
    names = list(dict.fromkeys(name for each in told for name in each))
    same = [name for name in names if len({each.get(name) for each in told}) == 1 < len(told)]
    if same:
        yield "; ".join(f"{name}: {told[0][name]}" for name in same) + "\n"
    names = [name for name in names if name not in same]
    grid = [names, *([each.get(name, "") for name in names] for each in told)]
    if len(records) < WIDE:
        grid = [list(column) for column in zip(*grid, strict=True)]
    yield row(grid[0])
    yield "|" + "---|" * len(grid[0])
    yield from map(row, grid[1:])


def _figures(record: Told) -> dict[str, str]:
    """What is told besides the name, in words; what is not known is left out."""
    return {
        name: in_words(value)
        for name, value in record.items()
        if name not in OWN and value is not None
    }


def in_words(value: object) -> str:
    """A figure, a spread as `median (min to max)`, else names with their figures."""
    if isinstance(value, Mapping):
        if set(value) == {"min", "median", "max"}:
            least, middle, most = (in_words(value[name]) for name in ("min", "median", "max"))
            return middle if least == most else f"{middle} ({least} to {most})"
        return ", ".join(f"{name} {in_words(each)}" for name, each in value.items())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value if isinstance(value, str) else json.dumps(value)
    return f"{int(value) if value == int(value) else value:,}"


def row(cells: Sequence[str]) -> str:
    """A line of a table in Markdown."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
