"""The service against clients, servers and checkers that nobody here wrote."""
