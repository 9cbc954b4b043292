"""The menu: the same places in the same order, only those one may open, even while the stores are down."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.models import User
from carbontrack.errors import UNAVAILABLE
from carbontrack.policy import POLICY, Who
from emissions.templatetags.navigation import navigation


class _Unreachable:
    """A user that cannot be read, as `request.user` is while SQL does not answer."""

    @property
    def is_authenticated(self):
        raise OperationalError("no answer")


def menu_at(path, user):
    request = RequestFactory().get(path)
    request.user = user
    return navigation({"request": request})


def labels(menu):
    return [place.label for place in menu.places]


def test_a_member_finds_the_places_in_their_order():
    menu = menu_at("/", User(email="alice@example.com"))

    assert [*labels(menu), menu.settings.label] == [
        "Home",
        "Log",
        "Entries",
        "Insights",
        "Factors",
        "Organization",
        "Settings",
    ]


def test_a_visitor_finds_only_what_is_open_to_anyone():
    menu = menu_at("/", AnonymousUser())

    assert labels(menu) == ["Factors", "Sign in", "Sign up"]
    assert POLICY["emissions:factor-list"].who is Who.ANYONE


def test_when_nobody_can_say_who_calls_the_menu_has_what_is_open_to_everybody():
    assert labels(menu_at("/entries/", _Unreachable())) == ["Home", "Factors"]
    assert labels(navigation({})) == ["Home", "Factors"]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", {"Home": "page"}),
        ("/entries/", {"Entries": "page"}),
        ("/entries/20240315T103000Z-01HS/edit/", {"Entries": "true"}),
        ("/log/", {"Log": "page"}),
        ("/recurring/", {"Log": "true"}),
        ("/imports/01HS/", {"Log": "true"}),
        ("/organization/", {"Organization": "page"}),
        ("/organization/departments/", {"Organization": "true"}),
        ("/settings/archive/", {"Settings": "true"}),
        ("/nowhere/", {}),
    ],
)
def test_the_place_one_is_at_is_marked(path, current):
    menu = menu_at(path, User(email="alice@example.com"))

    places = [*menu.places, menu.settings]
    assert {place.label: place.current for place in places if place.current} == current


def test_the_key_n_leads_to_the_form_from_everywhere():
    keys = [(place.url, place.key) for place in menu_at("/factors/", User()).places if place.key]

    assert keys == [("/log/", "n")]


def test_an_error_page_needs_no_request_no_person_and_no_store():
    html = render_to_string("errors/error.html", {"problem": UNAVAILABLE, "request_id": "4f1c"})

    assert "<h1>A short interruption</h1>" in html
    assert "4f1c" in html
    assert "Sign in" not in html
