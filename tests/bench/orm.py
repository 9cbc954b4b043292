"""The same dashboard from the same entries, made with the Django ORM on SQLite and without totals.

It gets every help that an ORM page may have: one narrow table, an index over person and day, sums made by the
database. It renders the same template.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import ClassVar

from django.db import connection, models
from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.domain import Profile
from accounts.models import User
from accounts.repository import ProfileRepository
from emissions.dashboard import HISTORY_MONTHS, Month, build_dashboard
from emissions.dashboard.page import DashboardPage, build_page
from emissions.domain.entries import Entry
from emissions.domain.totals import (
    CO2_EMISSIONS,
    ENTRIES,
    MonthTotals,
    Subject,
    category_counter,
    day_counter,
    day_entries_counter,
)
from emissions.repositories.totals import TotalsRepository, months_between
from tests.bench.report import Section
from tests.bench.timing import best_of


class BenchEntry(models.Model):
    """An entry as a row."""

    user_id = models.CharField(max_length=36)
    local_date = models.DateField()
    activity_type = models.CharField(max_length=20)
    category = models.CharField(max_length=40)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    unit = models.CharField(max_length=20)
    co2_emissions = models.DecimalField(max_digits=20, decimal_places=6)

    objects: ClassVar[models.Manager[BenchEntry]] = models.Manager()

    class Meta:
        app_label = "bench"
        indexes = (models.Index(fields=["user_id", "local_date"], name="bench_user_day"),)

    def __str__(self) -> str:
        return f"{self.local_date} {self.category}"


def create_table() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(BenchEntry)


def store(entries: Iterable[Entry]) -> None:
    rows = (
        BenchEntry(
            user_id=entry.user_id,
            local_date=entry.local_date,
            activity_type=entry.activity_type.value,
            category=entry.category,
            amount=entry.amount,
            unit=entry.unit,
            co2_emissions=entry.co2_emissions,
        )
        for entry in entries
    )
    BenchEntry.objects.bulk_create(rows, batch_size=2000)


def orm_totals(user_id: str, first: Month, last: Month) -> list[MonthTotals]:
    """What `TotalsRepository.months` gives, summed from the rows by the database."""
    rows = BenchEntry.objects.filter(user_id=user_id, local_date__range=(first.first_day, last.last_day))
    counters: dict[str, dict[str, Decimal]] = {month: {} for month in months_between(str(first), str(last))}
    by_category = rows.annotate(month=TruncMonth("local_date")).values("month", "activity_type", "category")
    for row in by_category.annotate(kg=Sum("co2_emissions")).order_by():
        name = category_counter(row["activity_type"], row["category"])
        counters[f"{row['month']:%Y-%m}"][name] = row["kg"]
    for row in rows.values("local_date").annotate(kg=Sum("co2_emissions"), entries=Count("id")).order_by():
        month = counters[f"{row['local_date']:%Y-%m}"]
        month[day_counter(row["local_date"].day)] = row["kg"]
        month[day_entries_counter(row["local_date"].day)] = Decimal(row["entries"])
        month[CO2_EMISSIONS] = month.get(CO2_EMISSIONS, Decimal(0)) + row["kg"]
        month[ENTRIES] = month.get(ENTRIES, Decimal(0)) + row["entries"]
    return [MonthTotals(month, values) for month, values in counters.items()]


def grouped_page(request: HttpRequest, profile: Profile, today: date) -> str:
    """The page from two queries that group everything at once: as good as an ORM page gets."""
    month = Month.of(today)
    totals = orm_totals(profile.user_id, month.shift(1 - HISTORY_MONTHS), month)
    page = build_page(build_dashboard(totals, month=month, today=today), profile.preferences)
    return render_to_string("emissions/dashboard.html", {"page": page}, request)


def usual_page(request: HttpRequest, user_id: str, today: date, page: DashboardPage) -> str:
    """The page as one usually writes it, a query for each figure; `page` spares it all arithmetic."""
    rows = BenchEntry.objects.filter(user_id=user_id)
    kg = Sum("co2_emissions")
    month, year = Month.of(today), timedelta(days=365)
    queries = [
        *(
            rows.filter(local_date__range=(each.first_day, each.first_day + timedelta(days=today.day - 1)))
            .values("local_date")
            .annotate(kg=kg)
            for each in (month, month.shift(-1), month.shift(-12))
        ),
        rows.filter(local_date__gte=month.shift(-11).first_day)
        .annotate(month=TruncMonth("local_date"))
        .values("month", "activity_type")
        .annotate(kg=kg),
        rows.filter(local_date__gte=month.first_day).values("activity_type", "category").annotate(kg=kg),
        rows.filter(local_date__gte=today - timedelta(days=84)).values("local_date").annotate(kg=kg),
        rows.filter(local_date__year=today.year).values("activity_type", "category").annotate(kg=kg),
        rows.filter(local_date__gt=today - year).values("user_id").annotate(kg=kg),
        rows.filter(local_date__gt=today - year).values("local_date").annotate(entries=Count("id")),
    ]
    for query in queries:
        list(query.order_by())
    return render_to_string("emissions/dashboard.html", {"page": page}, request)


def our_page(request: HttpRequest, user_id: str, today: date) -> str:
    """The page as the product makes it: who is asking, their totals, the same template."""
    profile = ProfileRepository().get(user_id)
    month = Month.of(today)
    first = str(month.shift(1 - HISTORY_MONTHS))
    totals = TotalsRepository().months(Subject.user(user_id), first, str(month))
    page = build_page(build_dashboard(totals, month=month, today=today), profile.preferences)
    return render_to_string("emissions/dashboard.html", {"page": page}, request)


def measure(people: dict[int, Profile], *, today: date) -> Section:
    """Wall time of one dashboard each way; ours includes the engine's work, which is another process."""
    rows = []
    month = Month.of(today)
    for entries, profile in people.items():
        user = User.objects.get(pk=profile.user_id)
        request = RequestFactory().get("/", headers={"host": "localhost"})
        request.user = user
        totals = orm_totals(profile.user_id, month.shift(1 - HISTORY_MONTHS), month)
        page = build_page(build_dashboard(totals, month=month, today=today), profile.preferences)
        ours = best_of(partial(our_page, request, profile.user_id, today), rounds=15).wall_ms
        usual = best_of(partial(usual_page, request, profile.user_id, today, page), rounds=5).wall_ms
        grouped = best_of(partial(grouped_page, request, profile, today), rounds=5).wall_ms
        figures = (
            f"{ours:.1f}",
            f"{usual:.1f}",
            f"{usual / ours:.1f} ×",
            f"{grouped:.1f}",
            f"{grouped / ours:.1f} ×",
        )
        rows.append((f"{entries:,}", *figures))
    return Section(
        "The dashboard from totals, and from rows with the Django ORM on SQLite",
        (
            "entries",
            "CarbonTrack, ms",
            "ORM, a query a figure, ms",
            "against ours",
            "ORM, two queries, ms",
            "against",
        ),
        rows,
        "Wall time of making one page, each way without middleware and session: reading, arithmetic, "
        "the same template. Ours reads profile and totals; the ORM reads rows over an index on person and "
        "day, in nine queries as one usually writes them (no arithmetic) or two that group all at once.",
    )
