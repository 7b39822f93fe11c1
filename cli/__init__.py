"""The client commands and the demo: users of the public API like any other."""
