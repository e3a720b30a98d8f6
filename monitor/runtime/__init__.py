"""Clocks, back-off, telemetry and logs."""
