"""Keys, certificates and password hashes, all made by libraries that are made for it."""
