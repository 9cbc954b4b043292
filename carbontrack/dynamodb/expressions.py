"""Conditions, updates and projections as DynamoDB's expressions, with every name and value a placeholder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder

from carbontrack.dynamodb.serialization import encode_value


@dataclass(slots=True)
class Expressions:
    """Collects the expressions of one request; `params()` are the request's parameters for them."""

    _builder: ConditionExpressionBuilder = field(default_factory=ConditionExpressionBuilder)
    _params: dict[str, Any] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _values: dict[str, Any] = field(default_factory=dict)

    def condition(self, parameter: str, condition: ConditionBase | None, *, is_key: bool = False) -> None:
        """Add a condition as `parameter` (ConditionExpression, FilterExpression, ...); None adds nothing."""
        if condition is None:
            return
        built = self._builder.build_expression(condition, is_key_condition=is_key)
        self._params[parameter] = built.condition_expression
        self._names.update(built.attribute_name_placeholders)
        for placeholder, value in built.attribute_value_placeholders.items():
            self._values[placeholder] = encode_value(value)

    def update(self, *, set: Mapping[str, Any], add: Mapping[str, Any], remove: Sequence[str]) -> None:
        """Add an UpdateExpression. Raises ValueError if there is nothing to do or a name comes twice."""
        names = [*set, *add, *remove]
        if not names:
            raise ValueError("An update must set, add or remove something.")
        if len({*names}) != len(names):
            raise ValueError(f"An update may name an attribute only once: {sorted(names)}")
        clauses = []
        if set:
            pairs = (f"{self._name(name)} = {self._value(value)}" for name, value in set.items())
            clauses.append("SET " + ", ".join(pairs))
        if add:
            for name, value in add.items():
                _check_addend(name, value)
            pairs = (f"{self._name(name)} {self._value(value)}" for name, value in add.items())
            clauses.append("ADD " + ", ".join(pairs))
        if remove:
            clauses.append("REMOVE " + ", ".join(self._name(name) for name in remove))
        self._params["UpdateExpression"] = " ".join(clauses)

    def projection(self, names: Sequence[str] | None) -> None:
        """Add a ProjectionExpression of top-level attributes; None asks for whole items."""
        if names is not None:
            self._params["ProjectionExpression"] = ", ".join(self._name(name) for name in names)

    def params(self) -> dict[str, Any]:
        params = dict(self._params)
        if self._names:
            params["ExpressionAttributeNames"] = self._names
        if self._values:
            params["ExpressionAttributeValues"] = self._values
        return params

    def _name(self, name: str) -> str:
        placeholder = f"#u{len(self._names)}"
        self._names[placeholder] = name
        return placeholder

    def _value(self, value: Any) -> str:
        placeholder = f":u{len(self._values)}"
        self._values[placeholder] = encode_value(value)
        return placeholder


def _check_addend(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise TypeError(f"Only numbers can be added; {name} is a {type(value).__name__}.")
