"""The dashboard of an organization's work: what its monthly totals say, and what they must not say.

Everything here is pure: an organization, its totals and a day go in, figures come out. `withholding` decides
what may be shown at all, `cells` reads totals through it, and the rest only adds up what `cells` hands out.
"""
