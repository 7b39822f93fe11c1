"""The dashboard in a real browser, against the real service and simulated servers."""
