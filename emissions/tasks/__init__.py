"""Long work on entries, done by a worker. Each task may be run again after a crash, or twice at once."""
