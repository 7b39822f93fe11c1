"""Tests of web/query."""
