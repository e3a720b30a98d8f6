"""What the stream counts: plain numbers on the hub, which the monitor reads for its metrics."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stats:
    """Counters since the hub's start (`clients` is a gauge); keys are the values of the enums."""

    clients: int = 0
    connections: int = 0
    deltas: int = 0
    messages_in: int = 0
    messages_out: int = 0
    bytes_out: int = 0
    conflated: int = 0
    frames: int = 0  # of columns, each counted once however many watch
    frames_skipped: int = 0  # that waited for a client and gave way to a keyframe
    closed: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    resumes: Counter[str] = field(default_factory=Counter)
