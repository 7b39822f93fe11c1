"""What tasks do: one file an operation, all of them named in one table."""
