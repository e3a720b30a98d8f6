"""How a case measures, and the one record that every case yields.

Lives here: `Record`, `Ratio`, and how base and variant are compared: back to back in one run, by
CPU time, so that other work on the machine and its slow phases meet both. Does not live here: what
is measured (one file a case), which cases there are (`cases.py`), the process around a case
(`__main__.py`) and how records are printed (`report.py`).
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

ROUNDS: Final = 9
# A pair stands between two measurements of the base; where one is this much above the other, the
# machine changed its pace in between, and the pair tells of that rather than of the variant.
DISAGREE: Final = 1.25
# How many times as many pairs are tried where some must be dropped.
PATIENCE: Final = 3


class Ratio(msgspec.Struct, frozen=True):
    """How many times the base: the least, the middle and the most of what was seen."""

    min: float
    median: float
    max: float

    @staticmethod
    def of(values: Iterable[float]) -> "Ratio | None":
        """Three significant digits of each; None where there is no value."""
        seen = list(values)
        if not seen:
            return None
        return Ratio(*(short(f(seen)) for f in (min, statistics.median, max)))


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a case has to say of one variant; the runner adds the case's name and the load."""

    variant: str
    base: str | None = None  # what it is held against
    ratio: Ratio | None = None  # variant / base
    cpu_s: float | None = None  # of one run of the variant; by default, of all since the last one
    peak_mb: float | None = None  # by default, of the case's own process since the last record
    pairs: int | None = None  # that the ratio tells of
    dropped: int | None = None  # pairs left out because their bases disagree
    more: Mapping[str, object] = {}


class Pairs(msgspec.Struct, frozen=True):
    """Base and variant, compared."""

    ratio: Ratio | None  # None where all pairs were dropped
    base_s: float  # medians of the pairs that were kept, of all if none was
    variant_s: float
    kept: int
    dropped: int

    def record(
        self, variant: str, base: str, more: Mapping[str, object] | None = None, **of_all: float
    ) -> Record:
        """The record of it; `of_all` may bring `peak_mb`, or another `cpu_s`."""
        return Record(
            variant=variant,
            base=base,
            ratio=self.ratio,
            cpu_s=of_all.get("cpu_s", short(self.variant_s)),
            peak_mb=of_all.get("peak_mb"),
            pairs=self.kept,
            dropped=self.dropped,
            more=more or {},
        )


def compare(bases: Sequence[float], variants: Sequence[float]) -> Pairs:
    """Compare what was measured in turns: base, variant, base, variant, maybe a last base.

    The bases around a variant must agree within DISAGREE, else the pair is dropped. Raises
    ValueError where there is no variant or a base is missing.
    """
    if not variants or not len(variants) <= len(bases) <= len(variants) + 1:
        raise ValueError(f"{len(bases)} bases and {len(variants)} variants make no pairs")
    every = list(zip(bases, variants, [*bases[1:], bases[-1]], strict=False))
    kept = [
        (base, variant)
        for base, variant, after in every
        if max(base, after) <= DISAGREE * min(base, after)
    ]
    told = kept or [(base, variant) for base, variant, _ in every]
    return Pairs(
        ratio=Ratio.of(variant / base for base, variant in kept),
        base_s=statistics.median(base for base, _ in told),
        variant_s=statistics.median(variant for _, variant in told),
        kept=len(kept),
        dropped=len(every) - len(kept),
    )


def alternate(
    base: Callable[[], float], variant: Callable[[], float], rounds: int = ROUNDS
) -> Pairs:
    """Let base and variant, which give their seconds, take turns until `rounds` pairs agree.

    Once each to warm up; at most PATIENCE times `rounds` pairs are tried.
    """
    base(), variant()
    bases, variants = [base()], list[float]()
    while True:
        variants.append(variant())
        bases.append(base())
        found = compare(bases, variants)
        if found.kept >= rounds or len(variants) >= PATIENCE * rounds:
            return found


def cpu(work: Callable[[], object], times: int = 1) -> Callable[[], float]:
    """What `alternate` takes: CPU seconds of this process for `times` runs of `work`."""

    def measured() -> float:
        began = time.process_time()
        for _ in range(times):
            work()
        return time.process_time() - began

    return measured


def as_they_come(records: AsyncIterator[Record]) -> Iterator[Record]:
    """The records of a case that needs an event loop, each when it is there."""

    async def following() -> Record | None:
        return await anext(records, None)

    with asyncio.Runner() as runner:
        while (record := runner.run(following())) is not None:
            yield record


def progress(words: str) -> None:
    """Say on standard error how far a case is."""
    print(f"  {words}", file=sys.stderr, flush=True)


def short(value: float) -> float:
    """Three significant digits, and all before the point."""
    return float(f"{value:.3g}") if abs(value) < 1_000 else float(round(value))


def middle(values: Iterable[float]) -> float:
    """The median, in three significant digits; there must be a value."""
    return short(statistics.median(values))
