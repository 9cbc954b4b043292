"""Geometry of an organization's charts, as that of `emissions.charts`: percent across, pixels down.

Marks are not links here; each can be focused and says its figure.
"""
