"""From letters to the world: the ledger, its retries, and one file a kind of target."""
