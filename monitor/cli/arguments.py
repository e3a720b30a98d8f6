"""The command line: `citywatch demo | run | replay | import | check | test-target | bench`.

Arguments are read here and handed on; nothing is decided. A command's module is imported only
when it is called for, so that `--help` and `check` answer at once. Exit codes: 0 done, 1 the input
or the configuration is at fault (one line each on standard error), 2 wrong usage.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Final

from config.faults import ConfigError
from monitor.transports.files import FileError
from sim.instance import ImportFault

Command = Callable[[argparse.Namespace], int]
MOST: Final = 1_000_000
RESULTS: Final = Path(__file__).parents[2] / "bench" / "results.md"

DESCRIPTION: Final = """\
citywatch watches a delivery city: courier supply against demand for every zone, the preparation
delay of every venue, every order from placed to delivered - and raises alerts."""

EPILOG: Final = """\
begin with:
  citywatch demo                                   a simulated city, watched live
  citywatch check --config city.toml               is my configuration right?
  citywatch test-target pager --config city.toml   does it reach anybody?
  citywatch run --config city.toml                 watch real streams
  citywatch replay day.ndjson.gz --config city.toml --out figures.ndjson
"""

BENCH_DESCRIPTION: Final = """\
Measure this machine: each case in a process of its own, base and variant in turns in one run.

What a variant costs is told as a ratio to its base, median (least to most), by CPU time: other work
on the machine meets both. Pairs between two bases that disagree by a quarter, for the machine
changed its pace meanwhile, are dropped and counted. Absolute figures are worth what the load is."""

BENCH_EPILOG: Final = """\
results go to standard output, progress to standard error (with --json the machine, too):
  citywatch bench --list                 what is measured, and against what
  citywatch bench decode locate          two of them; without a name all: half an hour and more
  citywatch bench decode --json | jq .ratio.median
  citywatch bench --append               all, and add them to bench/results.md
  citywatch bench growth --json >all.ndjson; python -m bench.cost all.ndjson
                                         and the tables of docs/cost.md from them

an object of --json has: case, variant, base, ratio {min, median, max}, cpu_s, peak_mb, pairs and
dropped where pairs were made, load, then whatever else the case measured.
exit code: 0 all was measured, 1 a case failed, 2 there is no such case.
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="citywatch",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="say which version it is")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _demo(_command(commands, "demo", "a simulated city, the monitor and a broker, on this machine"))
    _run(_command(commands, "run", "the monitor on real streams"))
    _replay(_command(commands, "replay", "a recorded day through the same engine"))
    _import(_command(commands, "import", "turn a public data set into an event stream"))
    _check(_command(commands, "check", "every fault of a configuration at once"))
    _drill(_command(commands, "test-target", "send a drill to a target: does it reach anybody?"))
    _bench(_command(commands, "bench", "measure this machine"))
    return top


class _Version(argparse.Action):
    """Reads the version only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        print(f"citywatch {import_module('importlib.metadata').version('citywatch')}")
        parser.exit()


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ("" if what.endswith("?") else "."),
    )


def _config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="the configuration, TOML"
    )


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--couriers", type=_positive, default=160, help="how many couriers (%(default)s)"
    )
    command.add_argument(
        "--venues", type=_positive, default=70, help="how many venues (%(default)s)"
    )
    command.add_argument(
        "--orders",
        type=_positive,
        default=190,
        metavar="PER_HOUR",
        help="orders an hour at dinner (%(default)s)",
    )
    command.add_argument(
        "--speed", type=_speed, default=1.0, help="times as fast as real life (%(default)g)"
    )
    command.add_argument(
        "--at",
        type=_time_of_day,
        default="12:30",
        metavar="HH:MM",
        help="what time it is there now (%(default)s)",
    )
    command.add_argument(
        "--seed", type=int, default=1, help="the same seed, the same day (%(default)s)"
    )
    command.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="WHAT@HH:MM+LENGTH",
        help="order a bad day: rain@13:00+30m at that time there, rain@+2m+30m in two minutes; "
        "also crowd:QUARTER, slow-kitchen, network-outage, stalled-venue, silent-venue, "
        "silent-feed:STREAM, pickup-stall "
        "(may be given several times)",
    )
    for name, port, what in (
        ("--port", 8080, "the HTTP API"),
        ("--stream-port", 8081, "the WebSocket"),
        ("--mqtt-port", 1883, "the embedded broker"),
    ):
        command.add_argument(
            name, type=_port, default=port, help=f"of {what} (%(default)s; 0: a free one)"
        )
    command.add_argument(
        "--for", dest="for_s", type=_seconds, metavar="SECONDS", help="stop by itself after these"
    )
    command.add_argument("--plain", action="store_true", help="lines instead of a live table")
    command.set_defaults(run="demo:run")


def _run(command: argparse.ArgumentParser) -> None:
    _config(command)
    command.add_argument(
        "--log", choices=("text", "json"), default="text", help="form of the log (%(default)s)"
    )
    command.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="how much of it (%(default)s)",
    )
    command.set_defaults(run="run:run")


def _replay(command: argparse.ArgumentParser) -> None:
    command.add_argument("events", metavar="EVENTS", help="NDJSON, plain, .gz or .zst; - is stdin")
    _config(command)
    command.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="where to (standard output); with it, a summary is told",
    )
    command.add_argument(
        "--every",
        type=_positive,
        default=60,
        metavar="SECONDS",
        help="figures of every zone this often (%(default)s)",
    )
    command.add_argument(
        "--speed",
        type=_replay_speed,
        default="max",
        metavar="max|N",
        help="times its own pace, or as fast as it goes (%(default)s)",
    )
    command.set_defaults(run="replay:run")


def _import(command: argparse.ArgumentParser) -> None:
    kinds = command.add_subparsers(metavar="KIND", required=True)
    mdrp = _command(kinds, "mdrp", "a Grubhub meal-delivery instance, by a dispatch simulation")
    mdrp.add_argument(
        "directory",
        metavar="DIR",
        type=Path,
        help="of the instance: with orders.txt, couriers.txt …",
    )
    mdrp.add_argument(
        "--start",
        type=_instant,
        default="2025-06-01T00:00:00+00:00",
        metavar="ISO",
        help="minute 0 of the instance (%(default)s)",
    )
    mdrp.add_argument(
        "--origin",
        type=_origin,
        default="56.9496,24.1052",
        metavar="LAT,LON",
        help="where the instance's 0, 0 lies (%(default)s)",
    )
    mdrp.add_argument(
        "--seed", type=int, default=1, help="the same seed, the same day (%(default)s)"
    )
    mdrp.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="the events, NDJSON or .gz; configuration and zones go beside it",
    )
    mdrp.set_defaults(run="importing:run_mdrp")


def _check(command: argparse.ArgumentParser) -> None:
    _config(command)
    command.set_defaults(run="run:check")


def _drill(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", help="of the target, under [targets]")
    _config(command)
    command.set_defaults(run="drill:run")


def _bench(command: argparse.ArgumentParser) -> None:
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.description = BENCH_DESCRIPTION
    command.epilog = BENCH_EPILOG
    command.add_argument("names", metavar="NAME", nargs="*", help="cases to run (all of them)")
    command.add_argument("--list", action="store_true", help="name the cases and stop")
    command.add_argument(
        "--quick", action="store_true", help="small sizes, to see that it works; only some cases"
    )
    command.add_argument(
        "--json", action="store_true", help="one JSON object a line for each case and variant"
    )
    command.add_argument(
        "--append", action="store_true", help="add the results to a file of results"
    )
    command.add_argument(
        "--results",
        metavar="FILE",
        type=Path,
        default=RESULTS,
        help="the file that --append adds to (bench/results.md)",
    )
    command.set_defaults(run="bench:run")


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= (number := int(text[:12])) <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0, up to {MOST:,}")
    return number


def _port(text: str) -> int:
    number = int(text) if text.isdecimal() and len(text) < 6 else -1
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is not a port (0 to 65535)")
    return number


def _number(text: str, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= most:  # a NaN is neither
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0, up to {most:g}")
    return number


def _speed(text: str) -> float:
    return _number(text, 10_000)


def _seconds(text: str) -> float:
    return _number(text, 31_536_000)


def _time_of_day(text: str) -> str:
    try:
        return datetime.strptime(text, "%H:%M").strftime("%H:%M")  # noqa: DTZ007 - no date in it
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not HH:MM") from None


def _replay_speed(text: str) -> float | None:
    return None if text == "max" else _speed(text)


def _instant(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not an ISO time: {error}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _origin(text: str) -> tuple[float, float]:
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not LAT,LON") from None
    if not (-85 <= lat <= 85 and -180 <= lon <= 180):
        raise argparse.ArgumentTypeError(f"{text} is not on the map")
    return lat, lon


def _command_of(module: str, function: str) -> Command:
    """The function of a command; what its imports make lives on, and is not looked through."""
    gc.disable()
    try:
        command: Command = getattr(import_module(f"monitor.cli.{module}"), function)
        gc.freeze()
        return command
    finally:
        gc.enable()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    args = parser().parse_args(argv)
    # numpy and scipy each bring a BLAS, of which nothing is used: it would start a thread for every
    # core, and each of them spins for a tenth of a second.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    command = _command_of(*args.run.split(":"))
    try:
        return command(args)
    except ConfigError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        return 1
    except (FileError, ImportFault) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough; keep Python from telling so at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
