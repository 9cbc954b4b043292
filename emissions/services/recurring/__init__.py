"""Recurring rules: what people do with them, and how their days get written."""
