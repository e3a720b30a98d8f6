"""The command line, and what each command sets up around the monitor."""
