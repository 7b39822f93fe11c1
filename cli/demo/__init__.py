"""The demo: taskmon at work before your eyes, as a user of the public API like any other."""
