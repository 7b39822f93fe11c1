"""Accounts, roles and sessions: their records, and the one place that says who may do what."""
