"""Other accounts to sign in with come from the environment, all of one or nothing of it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from carbontrack.environment import Environment
from carbontrack.policy import provider_rules
from carbontrack.social_providers import social_providers

GOOGLE = {"GOOGLE_CLIENT_ID": "id", "GOOGLE_CLIENT_SECRET": "secret"}
MICROSOFT = {"MICROSOFT_CLIENT_ID": "id", "MICROSOFT_CLIENT_SECRET": "secret"}
COGNITO = {
    "COGNITO_CLIENT_ID": "id",
    "COGNITO_CLIENT_SECRET": "secret",
    "COGNITO_DOMAIN": "https://c.example",
}
OIDC = {
    "OIDC_PROVIDERS": "our-works",
    "OIDC_OUR_WORKS_CLIENT_ID": "id",
    "OIDC_OUR_WORKS_CLIENT_SECRET": "secret",
    "OIDC_OUR_WORKS_ISSUER": "https://id.example.org/realms/a/",
}
PRODUCTION = {"CARBONTRACK_ENV": "production"}


def test_nothing_configured_is_no_provider_and_no_route() -> None:
    providers = social_providers(Environment({"GOOGLE_CLIENT_ID": "", "OIDC_PROVIDERS": " "}))

    assert providers == {}
    assert provider_rules(providers) == {}


def test_each_provider_is_what_its_variables_say() -> None:
    tenant = {"MICROSOFT_TENANT": "0f-1a", "MICROSOFT_DOMAINS": "Example.org, example.net"}
    found = social_providers(Environment(PRODUCTION | GOOGLE | MICROSOFT | COGNITO | OIDC | tenant))

    assert list(found) == ["google", "microsoft", "amazon_cognito", "openid_connect"]
    assert all(provider["OAUTH_PKCE_ENABLED"] for provider in found.values())
    assert found["microsoft"]["APPS"][0]["settings"] == {
        "tenant": "0f-1a",
        "domains": ["example.org", "example.net"],
    }
    assert found["amazon_cognito"]["DOMAIN"] == "https://c.example"
    assert found["openid_connect"]["APPS"] == [
        {
            "name": "Our Works",
            "client_id": "id",
            "secret": "secret",
            "provider_id": "our-works",
            "settings": {"domains": [], "server_url": "https://id.example.org/realms/a"},
        }
    ]


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"GOOGLE_CLIENT_ID": "id"}, "GOOGLE_CLIENT_SECRET"),
        ({"MICROSOFT_CLIENT_SECRET": "secret"}, "MICROSOFT_CLIENT_ID"),
        (MICROSOFT | {"MICROSOFT_DOMAINS": "example.org"}, "MICROSOFT_DOMAINS"),
        (
            MICROSOFT | {"MICROSOFT_TENANT": "organizations", "MICROSOFT_DOMAINS": "a.org"},
            "MICROSOFT_DOMAINS",
        ),
        (GOOGLE | {"GOOGLE_DOMAINS": "@example.org"}, "GOOGLE_DOMAINS"),
        (COGNITO | {"COGNITO_DOMAIN": ""}, "COGNITO_DOMAIN"),
        (COGNITO | {"COGNITO_DOMAIN": "https://c.example/path"}, "COGNITO_DOMAIN"),
        ({"OIDC_PROVIDERS": "our works"}, "OIDC_PROVIDERS"),
        ({"OIDC_PROVIDERS": "google"}, "OIDC_PROVIDERS"),
        ({"OIDC_PROVIDERS": "works"}, "OIDC_WORKS_CLIENT_ID"),
        (OIDC | {"OIDC_OUR_WORKS_ISSUER": "http://id.example.org"}, "OIDC_OUR_WORKS_ISSUER"),
        (OIDC | {"OIDC_OUR_WORKS_ISSUER": "https://u:p@id.example.org"}, "OIDC_OUR_WORKS_ISSUER"),
    ],
)
def test_half_a_provider_stops_the_start_with_the_variables_name(
    variables: dict[str, str], name: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{name} "):
        social_providers(Environment(PRODUCTION | variables))
