"""Foreign test suites run over our code."""
