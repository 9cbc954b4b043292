"""A person goes, and what organizations have counted of their work stays: `docs/decisions/0022`.

`entries` takes the entries at hand, `archives` those in files, `remains` whatever else is filed under them.
"""
