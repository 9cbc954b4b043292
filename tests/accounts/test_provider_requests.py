"""What this server asks of a provider of accounts, and that only the settings name one."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from allauth.socialaccount.models import SocialApp
from django.test import Client

from accounts.provider_requests import ProviderRefused, ProviderSession
from tests.fixtures.identity import CONFIRMED, KEYCLOAK, Provider, come_back

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]


# -- What this server asks of a provider ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "moved"),
    [
        ({"issuer": "https://evil.example"}, {}),
        ({"token_endpoint": "file:///etc/passwd"}, {}),
        ({"authorization_endpoint": "javascript:alert(1)"}, {}),
        ({}, {"/.well-known/openid-configuration": "/elsewhere"}),
    ],
)
def test_a_document_that_is_not_the_issuers_own_is_not_followed(
    provider: Provider, client: Client, document: dict[str, str], moved: dict[str, str]
) -> None:
    provider.document |= document
    provider.moved = moved

    response = client.post(KEYCLOAK)

    assert response.status_code == 503
    assert "Keycloak does not answer" in response.text
    assert provider.asked == ["/.well-known/openid-configuration"]


def test_a_provider_that_moved_its_tokens_is_not_followed(provider: Provider, client: Client) -> None:
    provider.told = CONFIRMED
    provider.moved = {"/userinfo": "/elsewhere"}

    assert come_back(client).status_code == 400
    assert "/elsewhere" not in provider.asked


def test_in_production_nothing_goes_out_without_tls(settings: Any) -> None:
    settings.PRODUCTION = True

    with pytest.raises(ProviderRefused):
        ProviderSession().get("http://127.0.0.1/")


def test_an_answer_without_end_is_cut(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.provider_requests.LARGEST", 100)
    provider.told = {"name": "x" * 200}

    with pytest.raises(requests.RequestException):
        ProviderSession().get(f"{provider.issuer}/userinfo")


# -- By settings only ---------------------------------------------------------------------------------------


def test_a_row_in_the_database_adds_no_provider(client: Client) -> None:
    SocialApp.objects.create(
        provider="openid_connect",
        provider_id="planted",
        name="Planted",
        client_id="x",
        settings={"server_url": "https://evil.example"},
    )

    page = client.get("/account/login/")

    assert "Planted" not in page.text
    assert client.post("/account/other/oidc/planted/login/").status_code == 404


def test_the_buttons_are_those_of_the_settings(client: Client, settings: Any) -> None:
    names = ("Google", "Microsoft", "Amazon Cognito", "Keycloak", "The Works")
    offered = client.get("/account/login/").text
    settings.SOCIALACCOUNT_PROVIDERS = {}
    none = client.get("/account/login/").text

    assert [f"Continue with {name}" in offered for name in names] == [True] * 5
    assert "Continue with" not in none
