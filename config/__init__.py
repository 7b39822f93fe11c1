"""Settings and logs: what an operator can turn."""
