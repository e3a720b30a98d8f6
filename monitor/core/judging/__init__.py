"""Rules against the state at whole seconds: what is in breach, and when to look again."""
