"""What a person may ask for: all that is kept about them, and that it goes."""
