"""What emissions answer to "what have you got about this person?"."""

from __future__ import annotations

from carbontrack.personal_data import Keeper
from emissions.privacy.sections import sections
from emissions.privacy.steps import STEPS

KEEPER = Keeper("emissions", sections, STEPS)
