"""Editions of factors on their way to being in force: uploaded, compared, counted, published, withdrawn.

`uploading`, `counting` and `deciding` are about the platform's; `own` is about an organization's own factors.
"""
