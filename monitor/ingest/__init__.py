"""From bytes to admitted events, in bounded batches."""
