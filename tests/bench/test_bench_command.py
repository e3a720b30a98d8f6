"""`citywatch bench` from the outside, by its quickest case."""

import json
from pathlib import Path

import pytest

from bench.cases import CASES
from monitor.cli.arguments import main

FIELDS = ["case", "variant", "base", "ratio", "cpu_s", "peak_mb"]


def test_the_list_names_every_case_and_runs_none(capsys: pytest.CaptureFixture[str]) -> None:
    """`--list` prints a line for each case."""
    assert main(["bench", "--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(CASES)


def test_every_case_is_a_module_that_can_run() -> None:
    """The name of a case is that of its file."""
    folder = Path(__file__).parents[2] / "bench"
    there = {path.stem for path in folder.glob("*.py")}
    there |= {path.parent.name for path in folder.glob("*/__init__.py")}
    assert set(CASES) <= there


def test_an_unknown_case_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is none ends with 2 and the names that there are."""
    assert main(["bench", "decode", "nonsense"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "no case 'nonsense'; there are: decode, " in said.err


def test_a_case_without_a_quick_way_is_not_run_quickly(capsys: pytest.CaptureFixture[str]) -> None:
    """`--quick` refuses a case that has only its full length."""
    assert main(["bench", "--quick", "pipeline"]) == 2
    assert "'pipeline' has no quick way" in capsys.readouterr().err


def test_the_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` shows commands to try and what the objects hold."""
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    said = capsys.readouterr().out
    assert "citywatch bench decode --json" in said
    assert "ratio {min, median, max}" in said


def test_json_is_one_object_a_line_and_nothing_else_on_standard_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each object names case, variant and base, the ratio's spread, CPU and peak memory."""
    results = tmp_path / "results.md"
    assert main(["bench", "--quick", "--json", "--results", str(results), "decode"]) == 0
    said = capfd.readouterr()
    records = [json.loads(line) for line in said.out.splitlines()]
    assert len(records) == 6
    for record in records:
        assert list(record)[: len(FIELDS)] == FIELDS
        assert record["case"] == "decode"
        assert record["ratio"]["min"] <= record["ratio"]["median"] <= record["ratio"]["max"]
        assert record["cpu_s"] > 0
        assert record["peak_mb"] > 10
        assert record["pairs"] + record["dropped"] >= 3
    assert "cores" in said.err, "the machine is told"
    assert "decode: bytes to events" in said.err, "and what runs"
    assert not results.exists(), "nobody asked to append"


def test_results_are_appended_when_asked(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`--append` adds a section to what the file holds, under the machine and the day."""
    results = tmp_path / "results.md"
    results.write_text("# Before\n")
    assert main(["bench", "--quick", "--append", "--results", str(results), "decode"]) == 0
    head, _, section = results.read_text().partition("\n### `citywatch bench decode`\n")
    assert head.startswith("# Before\n\n## 20")
    assert "quick: not to be quoted" in head
    told, _, table = section.strip().partition("\n\n")
    assert "bytes_an_event: 166" in told, "what is the same for all is said once"
    assert [line.split(" | ")[0] for line in table.splitlines()][2:] == [
        f"| batches of {size}" for size in ("1", "1", "100", "100", "5,000", "5,000")
    ]
    assert "decode: batches of 5,000\n  base: " in capfd.readouterr().out


def test_a_file_that_cannot_be_written_is_said_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Results that could not be kept are not measured first."""
    results = tmp_path / "no" / "results.md"
    assert main(["bench", "--append", "--results", str(results), "decode"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"{results}: No such file or directory\n"


def test_a_case_that_fails_is_said_and_does_not_end_the_others(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where its process can't even start a case ends with 1, named, after all have had their go."""
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    assert main(["bench", "--json", "decode", "locate"]) == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert "decode: ended with exit code 1" in said.err
    assert said.err.endswith("failed: decode, locate\n")
