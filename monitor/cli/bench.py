"""`citywatch bench`: each named case in a process of its own, its records told as they come.

Results go to standard output, everything else (the machine, progress, what could not be measured)
to standard error, where `--json` leaves them apart. What is measured stands in `bench/`.
"""

import argparse
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from bench.cases import CASES
from bench.machine import heading
from bench.report import append, lines

BEAT_S: Final = 20.0  # how often a case that says nothing is said to be running
LONGEST_S: Final = 3_600.0  # a case that runs longer is broken off
GRACE_S: Final = 10.0  # in which a case that is broken off may stop its servers
ROOT: Final = Path(__file__).parents[2]


def run(args: argparse.Namespace) -> int:
    """Run the named cases, or all; 1 if one of them failed, 2 for an unknown name."""
    if args.list:
        for name, case in CASES.items():
            print(f"{name:10} {case.what}{' (quick)' if case.quick else ''}")
        return 0
    unknown = [name for name in args.names if name not in CASES]
    if unknown:
        _say(f"no case {unknown[0]!r}; there are: {', '.join(CASES)}")
        return 2
    names = args.names or [name for name, case in CASES.items() if case.quick or not args.quick]
    slow = [name for name in names if args.quick and not CASES[name].quick]
    if slow:
        _say(f"{slow[0]!r} has no quick way; these have: {', '.join(_quick())}")
        return 2
    if args.append and (fault := _cannot_append(args.results)):
        _say(f"{args.results}: {fault}")
        return 1
    title = heading() + (", quick: not to be quoted" if args.quick else "")
    print(title, file=sys.stderr if args.json else sys.stdout, flush=True)
    failed = []
    first = True
    for name in names:
        told = []
        try:
            for record in _records(name, args.quick):
                told.append(record)
                text = json.dumps(record) if args.json else "\n".join(["", *lines(record)])
                print(text, flush=True)
        except CaseError as error:
            failed.append(name)
            _say(f"{name}: {error}")
        if told and args.append:
            append(args.results, title, told, first)
            first = False
    if failed:
        _say(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


class CaseError(Exception):
    """A case came to no good end; what it said itself stands on standard error."""


def _cannot_append(results: Path) -> str | None:
    """Why not, before an hour is spent on what could not be kept."""
    try:
        results.open("a").close()
    except OSError as error:
        return error.strerror
    return None


def _quick() -> list[str]:
    return [name for name, case in CASES.items() if case.quick]


def _records(name: str, quick: bool) -> Iterator[dict[str, Any]]:
    """What a process that runs the case writes, line by line; raises CaseError."""
    began = time.monotonic()
    count = 0
    with _process(name, quick) as process, selectors.DefaultSelector() as waiting:
        assert process.stdout is not None
        waiting.register(process.stdout, selectors.EVENT_READ)
        rest = b""
        while True:
            ready, passed = waiting.select(BEAT_S), time.monotonic() - began
            if passed > LONGEST_S:
                raise CaseError(f"broken off after {passed:.0f} s")
            if not ready:
                _say(f"  {name}: {passed:.0f} s, {count} results so far")
                continue
            chunk = os.read(process.stdout.fileno(), 65_536)
            if not chunk:
                break
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                count += 1
                yield json.loads(line)
        if process.wait(GRACE_S):
            raise CaseError(f"ended with exit code {process.returncode}")
    if not count:
        raise CaseError("it has no result")


@contextmanager
def _process(name: str, quick: bool) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a case, in a group with the servers that it starts; none is left behind."""
    command = [sys.executable, "-m", "bench", name, *(["--quick"] if quick else [])]
    _say(f"  {name}: {CASES[name].what}")
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(GRACE_S)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
