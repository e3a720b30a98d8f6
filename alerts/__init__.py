"""Rules, judgement and the life of alerts. A leaf: pure, no I/O."""
