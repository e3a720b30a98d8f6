"""What makes a kill harmless: the journal of all steps, snapshots, and the start from them."""
