"""Query parameters: what a client may ask of an answer beyond its URI. Pure, and without Tornado."""
