"""The deterministic heart: events in, effects out; no clock, no I/O."""
