"""`citywatch import`: turns a public data set into an event stream, with progress."""

import argparse
import sys

from rich.console import Console
from rich.progress import Progress

from sim.mdrp import import_mdrp


def run_mdrp(args: argparse.Namespace) -> int:
    """Import a Grubhub instance; says what was written and how to go on."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("import", total=None)
        report = import_mdrp(
            args.directory,
            args.out,
            start_ms=args.start,
            origin=args.origin,
            seed=args.seed,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    print(
        f"{report.events:,} events ({report.delivered:,} orders delivered, {report.cancelled:,} "
        f"cancelled) in {report.out}, configuration {report.config}, zones {report.zones}\n"
        f"next: citywatch replay {report.out} --config {report.config} --out figures.ndjson",
        file=sys.stderr,
    )
    return 0
