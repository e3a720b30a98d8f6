"""The monitor: edges and composition root around one deterministic core."""
