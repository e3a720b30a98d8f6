"""The simulated city and the import of recorded ones."""
