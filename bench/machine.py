"""What the figures were measured on, and what a process has used."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def heading() -> str:
    """The day and the machine in one line, with the load that it has already."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {model}, {os.cpu_count()} cores, {memory_gb:.0f} GB, "
        f"Python {platform.python_version()}, load {load()}"
    )


def load() -> float:
    """How many processes wanted a core at once, over the last minute."""
    return round(os.getloadavg()[0], 1)


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used, its own threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def waited_s(pid: int) -> float:
    """Seconds that a process's first thread could have worked and was given no core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def peak_mb(pid: int) -> float:
    """The most memory that a process has held, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def forget_peak() -> None:
    """Let this process's most memory count anew from what it holds now, where Linux allows that."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:  # a kernel without it, or a process that may not: the peak is the life's
        return
