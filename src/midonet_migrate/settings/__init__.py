"""Finding and reading settings as the real programs read them."""
