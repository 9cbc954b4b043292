"""Files of activities become entries, exactly once, and can be taken back: `docs/decisions/0019`."""
