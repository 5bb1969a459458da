"""Which rule of the importer a task breaks. Pure."""
