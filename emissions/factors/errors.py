"""Why a figure cannot be worked out, each as a sentence for the person and the form field it belongs to."""

from __future__ import annotations

from collections.abc import Sequence


class CalculationError(Exception):
    """`message` is for people; `field` is the form field it belongs to (`variant`, `amount`, `unit`,
    `people`).
    """

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class FactorNotFound(CalculationError):
    """No emission factor goes by this key. `nearest` holds the labels of what was perhaps meant."""

    def __init__(self, key: str, nearest: Sequence[str] = ()) -> None:
        self.key = key
        self.nearest = tuple(nearest)
        hint = (
            f" Did you mean {_either(self.nearest)}?" if self.nearest else " Please choose one from the list."
        )
        super().__init__(f"We have no emission factor for “{key[:60]}”.{hint}", "variant")


class UnitNotUsable(CalculationError):
    """The unit is unknown, or does not measure this activity."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "unit")


class AmountOutOfRange(CalculationError):
    """The amount is not a number above zero that DynamoDB can hold and that makes sense."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "amount")


class PeopleNotUsable(CalculationError):
    """The number of people who shared the activity cannot be used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "people")


def _either(labels: Sequence[str]) -> str:
    quoted = [f"“{label}”" for label in labels]
    if len(quoted) == 1:
        return quoted[0]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
