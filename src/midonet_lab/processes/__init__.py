"""Real servers as processes of their own: on loopback, in one directory, gone when their owner is gone."""
