"""The service itself, put together from the parts, and the commands that start it and see to its folder."""
