"""The scope that a work entry counts in."""

from __future__ import annotations

import pytest

from emissions.domain.entries import ActivityType, Scope
from emissions.domain.scopes import WorkScope, usual_work_scope, work_scopes
from emissions.factors import catalog


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("1", "Scope 1: fuel burned by the organization, its own vehicles"),
        ("2", "Scope 2: bought electricity and heat"),
        ("3", "Scope 3: what others do for the organization"),
        ("3.1", "Scope 3, category 1: purchased goods and services"),
        ("3.5", "Scope 3, category 5: waste"),
        ("3.6", "Scope 3, category 6: business travel"),
        ("3.7", "Scope 3, category 7: commuting"),
        ("3.15", "Scope 3, category 15: investments"),
    ],
)
def test_a_code_stands_for_a_scope_in_words(code: str, label: str):
    scope = WorkScope.parse(code)

    assert (scope.code, scope.label) == (code, label)


@pytest.mark.parametrize(
    "code", ["", "0", "4", "1.6", "2.1", "3.", "3.0", "3.16", "3.-1", " 3", "3.06", "٣", "3.6.1", "x"]
)
def test_what_is_no_scope_is_refused(code: str):
    with pytest.raises(ValueError, match=r".+"):
        WorkScope.parse(code)


def test_what_may_be_chosen_comes_likeliest_first():
    codes = {each.value: [scope.code for scope in work_scopes(each)] for each in ActivityType}

    assert codes == {
        "transportation": ["1", "2", "3.6", "3.7", "3.4", "3.1", "3.3"],
        "energy": ["1", "2", "3.7", "3.3", "3.1"],
        "food": ["3.1"],
        "waste": ["3.5"],
    }


def test_the_usual_scope_of_every_factor_may_be_chosen_for_it():
    for factor_id in catalog().ids():
        for factor in catalog().editions(factor_id):
            usual = usual_work_scope(
                factor.activity_type,
                factor.category,
                scope=factor.scope,
                scope3_category=factor.scope3_category,
            )
            assert usual in work_scopes(factor.activity_type), factor_id


@pytest.mark.parametrize(
    ("activity_type", "category", "scope", "scope3_category", "usual"),
    [
        ("transportation", "car", 1, 6, "1"),  # the organization's own car; others choose business travel
        ("transportation", "car", 2, 6, "2"),
        ("transportation", "flight", 3, 6, "3.6"),
        ("transportation", "active", 3, 7, "3.7"),
        ("transportation", "rail", 3, None, "3.6"),
        ("transportation", "freight", 3, None, "3.4"),
        ("energy", "natural_gas", 1, None, "1"),
        ("energy", "electricity", 2, None, "2"),
        ("energy", "homeworking", 3, None, "3.7"),
        ("energy", "electricity", 3, None, "3.3"),
        ("food", "beef", 3, 1, "3.1"),
        ("food", "beef", 3, None, "3.1"),
        ("waste", "paper", 3, None, "3.5"),
    ],
)
def test_the_usual_scope_comes_from_the_factor(
    activity_type: str, category: str, scope: int, scope3_category: int | None, usual: str
):
    found = usual_work_scope(
        ActivityType(activity_type), category, scope=Scope(scope), scope3_category=scope3_category
    )

    assert found.code == usual
