"""The child process: gevent and pyinfra live here, and nowhere else. Nothing imports it but its own start."""
