"""The layers, the size of files and where third parties are spoken to, read from the source.

Imports under `TYPE_CHECKING` count like all others: that is where circles hide.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
PRODUCT: Final = ("monitor", "zones", "alerts", "ws", "config", "sim")
OWN: Final = frozenset({*PRODUCT, "bench", "tests"})
MAX_LINES: Final = 400

# Every unit of the product and what it may import besides itself. A module belongs to the longest
# name here that it begins with; what stands directly in `monitor/` is its top.
LEAVES: Final = frozenset({"zones", "alerts", "ws"})
EDGE: Final = frozenset({"monitor.ingest", "monitor.core", "monitor.runtime", "config"}) | LEAVES
TOP: Final = EDGE | {
    "monitor",
    "monitor.api",
    "monitor.transports",
    "monitor.store",
    "monitor.delivery",
}
MAY_IMPORT: Final[dict[str, frozenset[str]]] = {
    "zones": frozenset(),
    "alerts": frozenset(),
    "ws": frozenset(),
    # Of the leaves, config knows only the settings that it types: see CONFIG_KNOWS.
    "config": frozenset({"alerts", "ws"}),
    # Of the monitor, sim knows only the event types: see SIM_KNOWS.
    "sim": frozenset({"zones", "config", "monitor.core"}),
    "monitor.core": frozenset({"zones", "alerts"}),
    "monitor.runtime": frozenset({"monitor.core"}),
    "monitor.ingest": frozenset({"monitor.core", "monitor.runtime"}),
    "monitor.transports": EDGE,
    "monitor.api": EDGE,
    "monitor.store": EDGE,
    "monitor.delivery": EDGE,
    "monitor.cli": TOP | {"sim"},
    "monitor": TOP,
}
CONFIG_KNOWS: Final = frozenset(
    {
        "alerts.remedies.settings",
        "alerts.rules",
        "alerts.profiles",
        "alerts.rulebook",
        "ws.limits",
    }
)
SIM_KNOWS: Final = frozenset({"monitor.core.events"})

# Where the core must give the same answer whatever the day, the machine and the disk.
PURE: Final = ("zones", "alerts", "monitor.core")
IMPURE: Final = frozenset(
    {
        # the standard library
        *("asyncio", "concurrent", "multiprocessing", "queue", "sched", "threading"),
        *("glob", "io", "os", "pathlib", "shutil", "sqlite3", "tempfile"),
        *("http", "select", "selectors", "socket", "socketserver", "ssl", "urllib"),
        *("ctypes", "logging", "platform", "signal", "subprocess", "sys", "syslog"),
        *("random", "secrets", "time", "uuid"),
        # third parties
        *("aiohttp", "amqtt", "gmqtt", "prometheus_client", "rich", "websockets"),
    }
)
IMPURE_CALLS: Final = frozenset({"open", "print", "input", "breakpoint", "exec", "eval"})
CLOCK_CALLS: Final = frozenset({"now", "today", "utcnow"})

# Libraries that are part of our language, allowed in every file; every other third party has the
# one file (or, of a framework, the few) named here.
EVERYWHERE: Final = frozenset({"msgspec", "numpy"})
SPOKEN_IN: Final[dict[str, tuple[str, ...]]] = {
    "aiohttp": (
        "monitor/api/",
        "monitor/transports/http.py",
        "monitor/delivery/http.py",
        "monitor/wiring/serving.py",
    ),
    "amqtt": ("monitor/transports/broker.py",),
    "gmqtt": ("monitor/transports/mqtt.py",),
    "h3": ("zones/hexagons.py",),
    "prometheus_client": ("monitor/runtime/telemetry.py",),
    "rich": ("monitor/cli/",),
    "redis": ("monitor/store/redis.py",),
    "scipy": (
        "zones/clearing.py",
        "alerts/remedies/assign.py",
        "alerts/remedies/matching.py",
    ),
    "shapely": ("zones/",),
    "websockets": ("ws/server.py",),
    "zstandard": ("monitor/transports/files.py",),
}
# Each command is imported when it is asked for, so that `--help` does not wait for all of them; so
# is the client of Redis, at its one edge.
LATE_IMPORT: Final = ("monitor/cli/", "monitor/durable/opening.py")
VAGUE: Final = frozenset({"utils", "util", "helper", "helpers", "manager", "common", "base"})


@dataclass(frozen=True)
class Module:
    """One file of source."""

    path: str
    name: str
    unit: str
    lines: int
    tree: ast.Module

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full name of every module that it imports, wherever in the file."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node.lineno, alias.name
            elif isinstance(node, ast.ImportFrom):
                source = "." * node.level + (node.module or "")
                for alias in node.names:
                    inner = f"{source}.{alias.name}"
                    yield node.lineno, inner if is_module(inner) else source


@cache
def is_module(name: str) -> bool:
    """Whether a dotted name is a module or package of ours."""
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def unit_of(name: str) -> str:
    """The longest unit of the table that a module's name begins with."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        unit = ".".join(parts[:end])
        if unit in MAY_IMPORT:
            return unit
    return parts[0]


def files(*folders: str) -> Iterator[Path]:
    """Every Python file in these folders of the project."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


@cache
def product() -> tuple[Module, ...]:
    """Every module of the product, parsed."""
    modules = []
    for path in files(*PRODUCT):
        text = path.read_text(encoding="utf-8")
        relative = path.relative_to(ROOT)
        name = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
        modules.append(
            Module(
                str(relative),
                name,
                unit_of(name),
                len(text.splitlines()),
                ast.parse(text, str(path)),
            )
        )
    return tuple(modules)


def test_every_unit_imports_only_what_lies_below_it() -> None:
    """A module imports its own unit and those that the table of layers allows it."""
    faults = [
        f"{module.path}:{line} imports {target}"
        for module in product()
        for line, target in module.imports()
        if target.split(".")[0] in PRODUCT
        and (unit := unit_of(target)) != module.unit
        and unit not in MAY_IMPORT[module.unit]
    ]
    assert not faults, "\n".join(faults)


def test_the_product_imports_neither_tests_nor_benchmarks() -> None:
    """Nothing that is shipped depends on `tests` or `bench`, a `bench` command of the CLI aside."""
    faults = [
        f"{module.path}:{line} imports {target}"
        for module in product()
        for line, target in module.imports()
        if target.split(".")[0] == "tests"
        or (target.split(".")[0] == "bench" and module.unit != "monitor.cli")
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("unit", "of", "known"),
    [("config", ("alerts", "ws"), CONFIG_KNOWS), ("sim", ("monitor",), SIM_KNOWS)],
)
def test_config_and_sim_know_only_their_few_modules_of_others(
    unit: str, of: tuple[str, ...], known: frozenset[str]
) -> None:
    """`config` sees the settings it types and `sim` the event types, nothing else of those."""
    faults = [
        f"{module.path}:{line} imports {target}"
        for module in product()
        if module.unit == unit
        for line, target in module.imports()
        if target.split(".")[0] in of and target not in known
    ]
    assert not faults, "\n".join(faults)


def test_only_the_engine_and_the_timeline_call_step() -> None:
    """`step`, `apply` and `judge` of the core are called by the engine and by virtual time only."""
    callers = {
        module.path
        for module in product()
        for _, target in module.imports()
        if target == "monitor.core.step"
    }
    assert callers == {"monitor/engine.py", "monitor/core/timeline.py"}


def test_the_core_reads_no_clock_no_file_no_socket_and_draws_no_chance() -> None:
    """`zones`, `alerts` and `monitor.core` import nothing that reads the world."""
    faults = [
        f"{module.path}:{line} imports {target}"
        for module in product()
        if module.unit in PURE
        for line, target in module.imports()
        if target.split(".")[0] in IMPURE or target.startswith("numpy.random")
    ]
    assert not faults, "\n".join(faults)


def test_the_core_calls_nothing_that_reads_the_world() -> None:
    """No `open`, `print`, `datetime.now` or `numpy.random` stands in a pure module."""
    faults = []
    for module in product():
        if module.unit not in PURE:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called = node.func
                if isinstance(called, ast.Name) and called.id in IMPURE_CALLS:
                    faults.append(f"{module.path}:{node.lineno} calls {called.id}")
                if isinstance(called, ast.Attribute) and called.attr in CLOCK_CALLS:
                    faults.append(f"{module.path}:{node.lineno} calls {called.attr}")
            if isinstance(node, ast.Attribute) and node.attr == "random":
                faults.append(f"{module.path}:{node.lineno} uses random")
    assert not faults, "\n".join(faults)


def test_no_import_stands_inside_a_function() -> None:
    """What a module needs stands at its top; only the commands of the CLI are imported late."""
    faults = []
    for module in product():
        for function in ast.walk(module.tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    faults += [f"{module.path}:{node.lineno} imports in a function"]
        if not module.path.startswith(LATE_IMPORT):
            faults += [
                f"{module.path}:{line} imports {target}"
                for line, target in module.imports()
                if target.split(".")[0] == "importlib"
                and target not in ("importlib.resources", "importlib.metadata")
            ]
    assert not faults, "\n".join(sorted(set(faults)))


def test_no_import_is_relative() -> None:
    """Every import of ours says the whole name."""
    faults = [
        f"{module.path}:{line}"
        for module in product()
        for line, target in module.imports()
        if target.startswith(".")
    ]
    assert not faults, "\n".join(faults)


def test_a_third_party_is_spoken_to_in_its_one_place() -> None:
    """Every library but msgspec and numpy is imported only where the table says."""
    faults = []
    for module in product():
        for line, target in module.imports():
            library = target.split(".")[0]
            if library in OWN or library in EVERYWHERE or library in sys.stdlib_module_names:
                continue
            places = SPOKEN_IN.get(library, ())
            if not any(module.path == place or module.path.startswith(place) for place in places):
                faults.append(f"{module.path}:{line} imports {library}")
    assert not faults, "\n".join(faults)


def test_no_file_passes_the_wall_of_400_lines() -> None:
    """No Python file of the project, tests included, has more than 400 lines."""
    faults = []
    for path in files(*OWN):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MAX_LINES:
            faults.append(f"{path.relative_to(ROOT)} has {lines} lines")
    assert not faults, "\n".join(faults)


def test_every_package_file_holds_a_docstring_at_most() -> None:
    """An `__init__.py` of the product does nothing and says what its folder is for."""
    faults = [
        module.path
        for module in product()
        if module.path.endswith("__init__.py")
        and not (
            len(module.tree.body) == 1
            and isinstance(module.tree.body[0], ast.Expr)
            and isinstance(module.tree.body[0].value, ast.Constant)
        )
    ]
    assert not faults, "\n".join(faults)


def test_every_module_says_what_lives_in_it() -> None:
    """Each file of the product begins with a docstring."""
    faults = [module.path for module in product() if not ast.get_docstring(module.tree)]
    assert not faults, "\n".join(faults)


def test_nothing_has_a_vague_name() -> None:
    """No module or folder is called utils, helper, manager, common or base."""
    faults = [
        module.path
        for module in product()
        if VAGUE.intersection(Path(module.path).with_suffix("").parts)
    ]
    assert not faults, "\n".join(faults)


def test_the_layers_hold_no_circle() -> None:
    """Following the imports of modules never leads back to where one began."""
    graph = {
        module.name: {t for _, t in module.imports() if t.split(".")[0] in PRODUCT} - {module.name}
        for module in product()
    }
    done: set[str] = set()
    path: list[str] = []

    def walk(name: str) -> None:
        assert name not in path, " → ".join([*path[path.index(name) :], name])
        if name in done:
            return
        path.append(name)
        for target in sorted(graph.get(name, ())):
            walk(target)
        path.pop()
        done.add(name)

    for name in graph:
        walk(name)
