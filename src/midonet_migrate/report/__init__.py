"""Tables, JSON and YAML for people and machines."""
