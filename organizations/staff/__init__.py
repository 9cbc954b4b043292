"""Pages of the staff console about what this app keeps."""
