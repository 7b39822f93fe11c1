"""The whole service as a process, seen from outside."""
