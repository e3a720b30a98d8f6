"""Rows by id: growable columns, the index of ids, cells of one row, deadlines of rows."""
