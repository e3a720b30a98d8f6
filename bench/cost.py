"""The tables of `docs/cost.md` from a run: `python -m bench.cost FILE`.

FILE is what `citywatch bench --json NAME...` wrote, best just now on this machine, whose name and
day go below each table. A table stands between `<!-- bench: CASE | COLUMN ... -->` and
`<!-- end -->`; those of cases that FILE does not hold stay as they are.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from bench.machine import heading
from bench.report import Told, in_words, row

PAGE: Final = Path(__file__).parents[1] / "docs" / "cost.md"
REPORTS_EVERY_S: Final = 4.5  # a courier on shift
TABLE: Final = re.compile(r"(<!-- bench: (\w+) \|([\w ]*)-->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, records: Sequence[Told], machine: str) -> str:
    """The page with the tables of the records' cases written anew."""

    def table(found: re.Match[str]) -> str:
        start, case, columns, end = found.groups()
        own = [record for record in records if record["case"] == case]
        if not own:
            return found[0]
        rows = _curves(own) if case == "growth" else _rows(own, columns.split())
        loads = sorted({record["load"] for record in own})
        load = f"{loads[0]} to {loads[-1]}" if len(loads) > 1 else loads[0]
        note = f"{machine}, load {load}: `citywatch bench {case}`"
        return start + "\n".join(["", *rows, "", note, "", ""]) + end

    return TABLE.sub(table, page)


def _rows(records: Sequence[Told], columns: Sequence[str]) -> Iterator[str]:
    yield row([name.replace("_", " ") for name in columns])
    yield row(["---"] * len(columns))
    for record in records:
        cells: dict[str, Any] = dict(record)
        if "events_per_s" in record:
            cells["couriers"] = round(int(record["events_per_s"] * REPORTS_EVERY_S), -4)
        if any(cells.get(name) is not None for name in columns if name not in ("variant", "base")):
            yield row([_cell(cells.get(name)) for name in columns])


def _curves(records: Sequence[Told]) -> Iterator[str]:
    """A line a curve: what the smallest costs, and the others as ratios to it."""
    most = 1
    curves: dict[str, list[Told]] = {}
    for record in records:
        curves.setdefault(record["curve"], []).append(record)
        most = max(most, len(curves[record["curve"]]))
    yield row(["what over what", "the smallest", *(["times that"] * most)])
    yield row(["---"] * (most + 2))
    for name, others in curves.items():
        first = others[0]
        cells = [f"{each['size']:,}: {_cell(each['ratio'])}" for each in others]
        smallest = f"{first['base_size']:,}: {in_words(first['base_us'])} µs"
        yield row([name, smallest, *cells, *([""] * (most - len(cells)))])


def _cell(value: object) -> str:
    return "" if value is None else in_words(value)


if __name__ == "__main__":
    told = [json.loads(line) for line in Path(sys.argv[1]).read_text("utf-8").splitlines()]
    PAGE.write_text(
        filled(PAGE.read_text("utf-8"), told, heading().rpartition(",")[0]), encoding="utf-8"
    )
