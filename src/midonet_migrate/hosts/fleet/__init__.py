"""Many hosts at once: commands carried out by pyinfra in a child process of its own."""
