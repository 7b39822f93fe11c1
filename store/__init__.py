"""Durable things: the records in an embedded database, and the keys that the service keeps."""
