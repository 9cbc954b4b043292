"""The figures of an organization's dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from emissions.dashboard.periods import Month
from emissions.domain.entries import ActivityType
from emissions.work.figures import (
    MonthState,
    PartKind,
    WorkFigures,
    build_figures,
    departments_to_read,
    figures_window,
    shown_year_kg,
)
from emissions.work.filters import WorkFilters
from emissions.work.years import ReportingYear
from organizations.domain import Department, OrganizationOverview, Target
from tests.emissions.work.made_work import (
    COMMUTE,
    ENGINEERING,
    FIELD,
    FLIGHT,
    OLD,
    POWER,
    SALES,
    TODAY,
    Work,
    figures_of,
    make_organization,
    organization_totals,
    work,
)

THIS_YEAR = ReportingYear(Month(2026, 1))
#: Sales 100, Field inside it 40, Engineering 60 kg in March; 30 kg of Sales in the running month.
SMALL_COMPANY = (
    work("2026-03", SALES, "abcd", "100"),
    work("2026-03", FIELD, "efg", "40", FLIGHT),
    work("2026-03", ENGINEERING, "hijk", "60", POWER),
    work("2026-11", SALES, "abc", "30"),
)


def month_of(figures: WorkFigures, month: str):
    return next(each for each in figures.months if str(each.month) == month)


def rows_of(figures: WorkFigures) -> list[tuple[str, Decimal | None]]:
    return [(row.label, row.kg) for row in figures.departments.rows]


def target(base_kg: str = "1200", percent: str = "50", years: tuple[int, int] = (2025, 2027)) -> Target:
    return Target(
        "T", years[0], Decimal(base_kg), Decimal(percent), years[1], datetime(2025, 1, 1, tzinfo=UTC)
    )


# -- The year and its months --------------------------------------------------------------------------------


def test_the_year_so_far_is_the_sum_of_its_months():
    figures = figures_of(SMALL_COMPANY)

    assert figures.kg == Decimal(230)
    assert [(str(each.month), each.kg) for each in figures.months if each.kg] == [
        ("2026-03", Decimal(200)),
        ("2026-11", Decimal(30)),
    ]
    assert (figures.is_so_far, figures.is_new, figures.is_empty) == (True, False, False)


def test_a_month_has_its_types_people_and_members():
    march = month_of(figures_of(SMALL_COMPANY, closed=["2026-03"]), "2026-03")

    assert march.by_type == {
        ActivityType.TRANSPORTATION: Decimal(140),
        ActivityType.ENERGY: Decimal(60),
        ActivityType.FOOD: Decimal(0),
        ActivityType.WASTE: Decimal(0),
    }
    assert (march.people, march.members, march.participation_percent) == (11, 20, Decimal(55))
    assert (march.is_closed, march.is_running) == (True, False)


def test_months_are_running_ahead_or_empty():
    figures = figures_of(SMALL_COMPANY)

    assert [
        (month_of(figures, each).state, month_of(figures, each).kg) for each in ("2026-10", "2026-12")
    ] == [
        (MonthState.EMPTY, Decimal(0)),
        (MonthState.AHEAD, None),
    ]
    assert [str(each.month) for each in figures.months if each.is_running] == ["2026-11"]
    assert [len(figures.months), len(figures.begun_months)] == [12, 11]
    assert figures.latest is month_of(figures, "2026-11")


def test_a_month_of_too_few_people_is_withheld_and_left_out_of_the_year():
    figures = figures_of([*SMALL_COMPANY, work("2026-05", SALES, "ab", "1000", FLIGHT)])

    assert figures.kg == Decimal(230)
    assert figures.withheld_months == (Month(2026, 5),)
    may = month_of(figures, "2026-05")
    assert (may.kg, may.people, may.by_type, may.participation_percent) == (None, None, {}, None)
    assert [(each.category, each.kg) for each in figures.categories or ()] == [
        ("car", Decimal(130)),
        ("electricity", Decimal(60)),
        ("flight", Decimal(40)),
    ]
    assert sum(row.kg for row in figures.scopes) == Decimal(230)


def test_a_year_of_which_everything_is_withheld_is_not_zero():
    figures = figures_of([work("2026-05", SALES, "ab", "1000")])

    assert (figures.kg, figures.is_empty, figures.latest) == (None, False, None)
    assert figures.intensity.kg_per_head is None
    assert figures.departments.total_kg is None
    assert (rows_of(figures)[1], figures.departments.other) == (("Sales", None), None)


def test_a_year_without_entries_is_zero_and_nothing_in_two_years_is_new():
    nothing, earlier = figures_of([]), figures_of([work("2025-05", SALES, "abc")])

    assert (nothing.kg, nothing.is_empty, nothing.is_new) == (Decimal(0), True, True)
    assert (earlier.kg, earlier.is_empty, earlier.is_new) == (Decimal(0), True, False)
    assert not figures_of([], params={"year": "2020"}).is_new


def test_a_past_year_has_all_its_months():
    figures = figures_of([work("2025-12", SALES, "abc", "7")], params={"year": "2025"})

    assert (figures.kg, figures.is_so_far, len(figures.begun_months)) == (Decimal(7), False, 12)
    assert figures.minimum_group == 3


def test_more_people_than_members_are_no_share_of_them():
    figures = figures_of(SMALL_COMPANY, make_organization(members=4))

    assert month_of(figures, "2026-03").participation_percent is None
    assert figures_of(SMALL_COMPANY, make_organization(members=0)).months[2].participation_percent is None


def test_what_is_read_is_the_chosen_year_and_the_one_before():
    filters = WorkFilters.of(make_organization(reporting_year_start=4), today=TODAY)

    assert figures_window(filters, today=TODAY) == (Month(2025, 4), Month(2026, 11))


# -- Against last year --------------------------------------------------------------------------------------


def test_the_same_whole_months_are_compared():
    comparison = figures_of(
        [
            work("2025-03", SALES, "abc", "100"),
            work("2026-03", SALES, "abc", "80"),
            work("2025-04", SALES, "abc", "20"),
            work("2026-04", SALES, "abc", "10"),
            work("2025-11", SALES, "abc", "1000"),
            work("2026-11", SALES, "abc", "5"),
            work("2025-12", SALES, "abc", "1000"),
        ]
    ).comparison

    assert comparison is not None
    assert (comparison.label, comparison.earlier_label) == ("March–April 2026", "March–April 2025")
    assert (comparison.kg, comparison.earlier_kg) == (Decimal(90), Decimal(120))
    assert (comparison.change_kg, comparison.absolute_change_kg) == (Decimal(-30), Decimal(30))
    assert (comparison.change_percent, comparison.direction) == (Decimal(-25), "less")
    assert comparison.withheld == ()


@pytest.mark.parametrize("small", ["2025-04", "2026-04"])
def test_a_month_withheld_in_either_year_is_left_out_of_both(small: str):
    other = {"2025-04": "2026-04", "2026-04": "2025-04"}[small]
    comparison = figures_of(
        [
            work("2025-03", SALES, "abc", "100"),
            work("2026-03", SALES, "abc", "100"),
            work(small, SALES, "ab", "20"),
            work(other, SALES, "abc", "10"),
            work("2026-06", SALES, "abc", "10"),
        ]
    ).comparison

    assert comparison is not None
    assert (comparison.kg, comparison.earlier_kg, comparison.direction) == (
        Decimal(100),
        Decimal(100),
        "same",
    )
    assert (comparison.label, comparison.withheld_label) == ("March 2026", "April 2026")
    assert comparison.empty_label == "January–February 2026, May–October 2026"


def test_a_department_is_compared_without_months_that_are_partly_withheld():
    works = [
        *(work(f"{year}-03", SALES, "abcd", "50") for year in (2025, 2026)),
        *(work(f"{year}-04", SALES, "abcd", "50") for year in (2025, 2026)),
        work("2026-04", FIELD, "ef", "7"),
        work("2026-04", ENGINEERING, "ghi", "7"),
    ]

    figures = figures_of(works, params={"department": SALES})

    assert month_of(figures, "2026-04").state is MonthState.PARTLY
    assert (figures.kg, figures.partly_months) == (Decimal(100), (Month(2026, 4),))
    assert figures.comparison is not None
    assert (figures.comparison.label, figures.comparison.withheld_label) == ("March 2026", "April 2026")


def test_nothing_is_compared_before_a_month_is_over_or_without_a_year_before():
    assert figures_of(SMALL_COMPANY).comparison is None
    first_month = [work("2025-01", SALES, "abc"), work("2026-01", SALES, "abc")]
    assert figures_of(first_month, today=date(2026, 1, 31)).comparison is None
    assert figures_of(first_month, today=date(2026, 2, 1)).comparison is not None


def test_of_a_year_of_nothing_there_is_no_percent():
    comparison = figures_of(
        [work("2025-03", SALES, "abc", "0"), work("2026-03", SALES, "abc", "5")]
    ).comparison

    assert comparison is not None
    assert (comparison.change_percent, comparison.direction) == (None, "more")


# -- Against the target -------------------------------------------------------------------------------------


def test_the_months_that_are_over_are_held_against_as_many_twelfths_of_the_path():
    works = [
        work("2026-02", SALES, "abc", "100"),
        work("2026-03", SALES, "abc", "80"),
        work("2026-04", SALES, "ab", "500"),
        work("2026-11", SALES, "abc", "45"),
    ]

    progress = figures_of(works, targets=[target()]).target

    assert progress is not None
    assert (progress.year_kg, progress.month_kg) == (Decimal(900), Decimal(75))
    assert progress.counted == (Month(2026, 2), Month(2026, 3))
    assert (progress.counted_kg, progress.counted_target_kg) == (Decimal(180), Decimal(150))
    assert (progress.over_kg, progress.distance_kg) == (Decimal(30), Decimal(30))


def test_the_path_goes_from_base_to_target_year_with_what_is_known():
    progress = figures_of([*SMALL_COMPANY, work("2025-03", SALES, "abc", "70")], targets=[target()]).target

    assert progress is not None
    assert [(point.year.label, point.kg, point.known_kg, point.is_chosen) for point in progress.points] == [
        ("2025", Decimal(1200), Decimal(70), False),
        ("2026", Decimal(900), Decimal(230), True),
        ("2027", Decimal(600), None, False),
    ]
    assert [(point.known_months, point.is_part_known) for point in progress.points] == [
        (1, True), (2, True), (0, False),
    ]  # fmt: skip


def test_a_year_in_which_nobody_logged_is_not_one_of_no_emissions():
    progress = figures_of(SMALL_COMPANY, targets=[target()]).target

    assert progress is not None
    assert [point.known_kg for point in progress.points] == [None, Decimal(230), None]


def test_a_year_before_the_base_year_has_a_path_ahead_but_no_share():
    progress = figures_of(SMALL_COMPANY, targets=[target(years=(2027, 2030))]).target

    assert progress is not None
    assert (progress.year_kg, progress.month_kg) == (None, None)
    assert (progress.counted_target_kg, progress.over_kg, progress.distance_kg) == (None, None, None)


def test_a_target_of_nothing_has_no_share_used():
    progress = figures_of(SMALL_COMPANY, targets=[target(percent="100", years=(2025, 2026))]).target

    assert progress is not None
    assert (progress.year_kg, progress.over_kg) == (Decimal(0), Decimal(200))


def test_only_the_whole_organization_is_held_against_a_target():
    for params in ({"department": SALES}, {"type": "energy"}, {"scope": "1"}, {"department": "none"}):
        assert figures_of(SMALL_COMPANY, params=params, targets=[target()]).target is None
    assert figures_of(SMALL_COMPANY, managed=[SALES], targets=[target()]).target is None
    assert figures_of(SMALL_COMPANY).target is None
    assert figures_of(SMALL_COMPANY, params={"year": "2025"}, targets=[target()]).target is not None


def test_the_sum_of_a_base_year_is_what_its_dashboard_shows():
    works = [*SMALL_COMPANY, work("2026-05", SALES, "ab", "1000"), work("2025-03", SALES, "abc", "7")]
    organization, totals = make_organization(), organization_totals(works)

    assert shown_year_kg(organization, totals, THIS_YEAR) == figures_of(works).kg == Decimal(230)
    assert shown_year_kg(organization, totals, THIS_YEAR.previous.previous) is None


# -- Departments side by side -------------------------------------------------------------------------------


def test_departments_contain_those_inside_them_and_come_largest_first():
    figures = figures_of(SMALL_COMPANY)

    assert rows_of(figures) == [("Sales", Decimal(170)), ("Engineering", Decimal(60))]
    sales, engineering = figures.departments.rows
    assert [(row.label, row.kg) for row in sales.inner] == [("Sales › Field", Decimal(40))]
    assert (sales.members, sales.kg_per_head) == (9, Decimal(170) / 9)
    assert (sales.people, sales.people_month) == (3, Month(2026, 11))
    assert (engineering.people, engineering.people_month) == (4, Month(2026, 3))
    assert (engineering.percent, figures.departments.total_kg) == (Decimal(6000) / 230, Decimal(230))
    assert figures.departments.other is None


def test_a_hidden_department_hides_a_second_one_in_what_is_left():
    figures = figures_of(
        [
            work("2026-03", SALES, "abcdef", "100"),
            work("2026-03", ENGINEERING, "ghi", "30"),
            work("2026-03", None, "jk", "5"),
        ]
    )

    assert rows_of(figures) == [("Sales", Decimal(100)), ("Engineering", None), ("No department", None)]
    other = figures.departments.other
    assert other is not None
    assert (other.kg, other.labels, other.months) == (
        Decimal(35),
        ("Engineering", "No department"),
        (Month(2026, 3),),
    )
    assert other.percent == Decimal(3500) / 135
    assert [row.withheld for row in figures.departments.rows] == [(), (Month(2026, 3),), (Month(2026, 3),)]
    assert [row.is_withheld for row in figures.departments.rows] == [False, True, True]
    assert figures.departments.has_withheld
    assert (figures.departments.rows[1].kg_per_head, figures.departments.rows[1].percent) == (None, None)


def test_of_two_departments_a_small_one_hides_both():
    figures = figures_of(
        [work("2026-03", SALES, "abcdefghij", "100"), work("2026-03", ENGINEERING, "kl", "9")]
    )

    assert rows_of(figures) == [("Engineering", None), ("Sales", None)]
    assert figures.kg == Decimal(109)
    assert figures.departments.other is not None
    assert figures.departments.other.kg == Decimal(109)


def test_a_department_of_which_one_month_is_withheld_is_the_sum_of_the_others():
    figures = figures_of(
        [
            work("2026-02", SALES, "abc", "50"),
            work("2026-03", SALES, "ab", "8"),
            work("2026-03", ENGINEERING, "cdef", "9"),
        ]
    )

    sales = next(row for row in figures.departments.rows if row.id == SALES)
    assert (sales.kg, sales.withheld) == (Decimal(50), (Month(2026, 3),))


def test_merging_a_small_department_into_a_large_one_shows_no_more_than_before():
    works = [
        work("2026-03", ENGINEERING, "abcdef", "100"),
        work("2026-03", SALES, "ghi", "50"),
        work("2026-03", OLD, "jk", "7"),
    ]
    parts = (Department(ENGINEERING, "Engineering", members=6), Department(SALES, "Sales", members=3))
    before = figures_of(works, make_organization(*parts, Department(OLD, "Old", members=2)))
    after = figures_of(works, make_organization(*parts, Department(OLD, "Old", merged_into=ENGINEERING)))

    assert rows_of(before) == [("Engineering", Decimal(100)), ("Old", None), ("Sales", None)]
    assert rows_of(after) == [("Engineering", Decimal(100)), ("Sales", None)]
    assert [each.departments.other and each.departments.other.kg for each in (before, after)] == [
        Decimal(57),
        Decimal(57),
    ]
    assert after.departments.rows[0].withheld == (Month(2026, 3),)
    assert month_of(after, "2026-03").state is MonthState.SHOWN


def test_merged_departments_are_one_row_with_the_members_still_filed_under_them():
    works = [work("2026-03", ENGINEERING, "abc", "10"), work("2026-03", OLD, "def", "20")]
    organization = make_organization(
        Department(ENGINEERING, "Engineering", members=6),
        Department(OLD, "Old", members=4, merged_into=ENGINEERING),
    )

    (row,) = figures_of(works, organization).departments.rows

    assert (row.kg, row.members, row.kg_per_head) == (Decimal(30), 10, Decimal(3))


def test_an_empty_department_has_a_row_of_zero_until_it_is_archived():
    empty = Department("EMPTY", "Empty")
    archived = Department("GONE", "Gone", archived_at=datetime(2026, 1, 1, tzinfo=UTC))
    works = [work("2026-03", SALES, "abc", "10")]

    figures = figures_of(works, make_organization(Department(SALES, "Sales"), empty, archived))

    assert rows_of(figures) == [("Sales", Decimal(10)), ("Empty", Decimal(0))]
    assert figures.departments.rows[0].kg_per_head is None
    assert [each.label for each in figures.choices] == ["Empty", "Gone", "Sales", "No department"]
    gone = figures_of([work("2026-03", "GONE", "abc", "10")], make_organization(archived))
    assert rows_of(gone) == [("Gone", Decimal(10))]


def test_what_no_department_claims_is_in_the_other_row():
    figures = figures_of([work("2026-03", "LOST", "abc", "10")])

    assert figures.departments.other is not None
    assert (figures.departments.other.kg, figures.departments.other.labels) == (Decimal(10), ())


# -- One department -----------------------------------------------------------------------------------------


def test_a_department_is_looked_at_with_those_inside_it():
    figures = figures_of(SMALL_COMPANY, params={"department": SALES})

    assert (figures.part.kind, figures.part.label, figures.part.members) == (PartKind.DEPARTMENT, "Sales", 9)
    assert figures.kg == Decimal(170)
    assert [(row.label, row.kg, len(row.inner)) for row in figures.departments.rows] == [
        ("Sales", Decimal(170), 1)
    ]
    assert [(each.category, each.kg) for each in figures.categories or ()] == [
        ("car", Decimal(130)),
        ("flight", Decimal(40)),
    ]
    assert month_of(figures, "2026-03").people == 7


def test_an_inner_department_is_looked_at_alone():
    figures = figures_of(SMALL_COMPANY, params={"department": FIELD})

    assert (figures.part.label, figures.part.name, figures.kg) == ("Sales › Field", "Field", Decimal(40))
    assert [(row.label, row.inner) for row in figures.departments.rows] == [("Sales › Field", ())]


def test_a_withheld_department_shows_nothing_of_its_own_totals():
    works = [
        work("2026-03", SALES, "ab", "8", FLIGHT),
        work("2026-03", ENGINEERING, "cdef", "9"),
    ]

    figures = figures_of(works, params={"department": SALES})

    assert (figures.kg, figures.withheld_months) == (None, (Month(2026, 3),))
    assert [row.kg for row in figures.scopes] == [0, 0, 0]
    assert (figures.categories, figures.scopes[2].categories) == ((), ())
    assert figures.intensity.kg_per_head is None


def test_the_work_of_people_without_a_department_has_no_categories():
    figures = figures_of([work("2026-03", None, "abc", "9")], params={"department": "none"})

    assert (figures.part.kind, figures.part.members) == (PartKind.WITHOUT_DEPARTMENT, 3)
    assert (figures.kg, figures.categories, figures.scopes[2].categories) == (Decimal(9), None, None)
    assert rows_of(figures) == [("No department", Decimal(9))]


def test_categories_of_departments_whose_totals_were_not_read_are_not_known():
    organization = make_organization()
    totals = organization_totals(SMALL_COMPANY)

    def categories(department: str):
        filters = WorkFilters.of(organization, today=TODAY).with_(department=department)
        overview = OrganizationOverview(organization)
        return build_figures(overview, totals, None, filters, managed=None, today=TODAY).categories

    assert categories(SALES) is None
    assert categories(ENGINEERING) is None


def test_the_totals_to_read_are_those_of_the_departments_looked_at():
    organization = make_organization(
        *make_organization().departments, Department(OLD, "Old", merged_into=FIELD)
    )

    def read(department: str | None, managed: Sequence[str] | None = None) -> tuple[str, ...]:
        filters = WorkFilters.of(organization, today=TODAY).with_(department=department)
        return departments_to_read(organization, filters, managed=organization.managed_ids(managed))

    assert read(None) == ()
    assert read("-") == ()
    assert read(SALES) == (FIELD, OLD, SALES)
    assert read(ENGINEERING) == (ENGINEERING,)
    assert read(None, [SALES]) == (FIELD, OLD, SALES)


# -- Limited administrators ---------------------------------------------------------------------------------


def test_a_limited_administrator_sees_their_departments_only():
    figures = figures_of(SMALL_COMPANY, managed=[FIELD, ENGINEERING])

    assert (figures.part.kind, figures.part.members) == (PartKind.MANAGED, 12)
    assert figures.kg == Decimal(100)
    assert rows_of(figures) == [("Engineering", Decimal(60)), ("Sales › Field", Decimal(40))]
    assert (figures.departments.other, figures.departments.total_kg) == (None, Decimal(100))
    assert [each.label for each in figures.choices] == ["Engineering", "Sales › Field"]
    assert [each.category for each in figures.categories or ()] == ["electricity", "flight"]
    assert month_of(figures, "2026-03").people == 7
    assert month_of(figures, "2026-11").state is MonthState.EMPTY


def test_a_limited_administrator_does_not_see_what_is_withheld_from_all():
    works = [work("2026-03", SALES, "abcdef", "100"), work("2026-03", ENGINEERING, "gh", "9")]

    figures = figures_of(works, managed=[SALES])

    assert (figures.kg, rows_of(figures), figures.categories) == (None, [("Sales", None)], ())
    assert not figures.is_new


def test_filters_made_for_another_reader_show_a_limited_administrator_nothing():
    organization = make_organization()
    filters = WorkFilters.of(organization, today=TODAY).with_(department=ENGINEERING)
    totals = organization_totals(SMALL_COMPANY)

    figures = build_figures(
        OrganizationOverview(organization),
        totals,
        {ENGINEERING: totals},
        filters,
        managed=frozenset({FIELD}),
        today=TODAY,
    )

    assert (figures.kg, figures.categories, figures.is_empty) == (Decimal(0), (), True)


def test_an_organization_is_new_to_who_may_see_nothing_of_it():
    assert figures_of([work("2026-03", SALES, "abcdef")], managed=[ENGINEERING]).is_new


# -- Scopes, categories and filters -------------------------------------------------------------------------


def test_scopes_have_a_row_each_and_scope_3_its_categories():
    works = [
        work("2026-03", SALES, "abc", "10"),
        work("2026-03", SALES, "abc", "20", FLIGHT),
        work("2026-04", SALES, "abc", "50", COMMUTE),
        work("2026-04", SALES, "abc", "20", ("food", "beef", "3")),
    ]

    scopes = figures_of(works).scopes

    assert [(row.name, row.kg, row.percent) for row in scopes] == [
        ("Scope 1", Decimal(10), Decimal(10)),
        ("Scope 2", Decimal(0), Decimal(0)),
        ("Scope 3", Decimal(90), Decimal(90)),
    ]
    assert [(row.code, row.kg) for row in scopes[2].categories or ()] == [
        ("3.7", Decimal(50)),
        ("3", Decimal(20)),
        ("3.6", Decimal(20)),
    ]
    assert scopes[0].categories is None
    assert [(row.name, row.description) for row in scopes[2].categories or ()][::2] == [
        ("Category 7", "Commuting"),
        ("Category 6", "Business travel"),
    ]
    assert scopes[1].label == "Scope 2: bought electricity and heat"


def test_the_largest_categories_are_followed_by_the_rest():
    works = [work("2026-03", SALES, "abc", str(kg), ("food", f"dish{kg}", "3.1")) for kg in range(1, 15)]

    categories = figures_of(works).categories or ()

    assert [each.kg for each in categories[:3]] == [14, 13, 12]
    assert (len(categories), categories[-1].is_rest, categories[-1].label) == (12, True, "3 others")
    assert sum(each.percent for each in categories) == 100


def test_a_type_narrows_everything_but_who_logged():
    figures = figures_of(SMALL_COMPANY, params={"type": "energy"})

    march = month_of(figures, "2026-03")
    assert (figures.kg, march.kg, march.people) == (Decimal(60), Decimal(60), 11)
    assert march.by_type[ActivityType.TRANSPORTATION] == 0
    assert [row.kg for row in figures.scopes] == [0, 60, 0]
    assert [each.category for each in figures.categories or ()] == ["electricity"]
    assert rows_of(figures) == [("Engineering", Decimal(60)), ("Sales", Decimal(0))]


def test_a_scope_narrows_everything_but_who_logged():
    figures = figures_of(SMALL_COMPANY, params={"scope": "3"})

    assert (figures.kg, month_of(figures, "2026-03").people) == (Decimal(40), 11)
    assert [(row.code, row.kg, row.percent) for row in figures.scopes] == [("3", Decimal(40), Decimal(100))]
    assert [each.category for each in figures.categories or ()] == ["flight"]
    assert rows_of(figures) == [("Sales", Decimal(40)), ("Engineering", Decimal(0))]


def test_filters_work_together():
    params = {"department": SALES, "type": "transportation", "scope": "1"}

    assert figures_of(SMALL_COMPANY, params=params).kg == Decimal(130)
    assert figures_of(SMALL_COMPANY, params={**params, "type": "energy"}).kg == Decimal(0)


def test_what_is_withheld_stays_withheld_whatever_the_filter():
    works: list[Work] = [
        work("2026-03", SALES, "abcdef", "100", POWER),
        work("2026-03", ENGINEERING, "gh", "9", FLIGHT),
    ]

    for params in ({"type": "energy"}, {"scope": "2"}, {"scope": "3"}):
        figures = figures_of(works, params=params)
        assert [kg for _label, kg in rows_of(figures)] == [None, None]
        assert figures.departments.other is not None
        assert figures.departments.other.kg == figures.kg


# -- Intensity ----------------------------------------------------------------------------------------------


def test_intensity_is_per_head_of_the_headcount_and_per_square_metre():
    organization = make_organization(headcount=46, floor_area_m2=Decimal(460))

    intensity = figures_of(SMALL_COMPANY, organization).intensity

    assert (intensity.kg_per_head, intensity.is_headcount) == (Decimal(5), True)
    assert intensity.kg_per_m2 == Decimal("0.5")


def test_without_a_headcount_heads_are_members():
    intensity = figures_of(SMALL_COMPANY).intensity

    assert (intensity.kg_per_head, intensity.is_headcount) == (Decimal("11.5"), False)
    assert intensity.kg_per_m2 is None


def test_a_department_has_only_members():
    organization = make_organization(headcount=46, floor_area_m2=Decimal(460))

    intensity = figures_of(SMALL_COMPANY, organization, params={"department": SALES}).intensity

    assert (intensity.heads, intensity.is_headcount, intensity.kg_per_m2) == (9, False, None)
