"""One broker or carrier of events a file."""
