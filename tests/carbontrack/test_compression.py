"""Pages travel compressed, and caches still recognize them."""

from __future__ import annotations

import gzip

from django.test import Client

ACCEPTS = {"accept-encoding": "gzip, br"}


def test_a_page_travels_in_a_fraction_of_its_size(client: Client) -> None:
    plain = client.get("/factors/")

    packed = client.get("/factors/", headers=ACCEPTS)

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 4
    assert "Accept-Encoding" in packed["Vary"]


def test_a_compressed_page_that_did_not_change_is_not_sent_again(client: Client) -> None:
    first = client.get("/factors/", headers=ACCEPTS)

    again = client.get("/factors/", headers=ACCEPTS | {"if-none-match": first["ETag"]})

    assert first["ETag"].startswith('W/"')
    assert (again.status_code, again.content) == (304, b"")


def test_a_compressed_page_has_all_its_headers(client: Client) -> None:
    packed = client.get("/factors/", headers=ACCEPTS)

    assert "default-src 'none'" in packed["Content-Security-Policy"]
    assert packed["X-Content-Type-Options"] == "nosniff"
