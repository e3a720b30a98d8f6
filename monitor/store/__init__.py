"""What must outlive a crash: the port, and what keeps it: SQLite or Redis."""
