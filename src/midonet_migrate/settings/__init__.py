"""Finding and reading settings as the real programs read them. Entry point: :func:`load.load_settings`."""
