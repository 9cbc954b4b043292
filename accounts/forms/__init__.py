"""Forms about a person: `credentials` for signing in, `settings` for what the profile holds."""
