"""Files in forms: kept within bounds where a route takes them, dropped elsewhere (probe_25)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import HttpRequest
from django.test import RequestFactory

from carbontrack import policy, uploads
from carbontrack.policy import Who, rule
from carbontrack.uploads import OversizedFile
from organizations.domain import Organization
from organizations.repositories.invitations import InvitationRepository
from tests.fixtures.people import Person


@pytest.fixture(autouse=True)
def _routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(policy.POLICY, "takes", rule(Who.ANYONE, "POST", upload_bytes=1000))
    monkeypatch.setitem(policy.POLICY, "takes-none", rule(Who.ANYONE, "POST"))


def posted(route: str | None, **files: bytes) -> HttpRequest:
    """A request on its way to a route, not read yet."""
    data: dict[str, Any] = {name: SimpleUploadedFile(f"{name}.csv", body) for name, body in files.items()}
    request = RequestFactory().post("/", {"amount": "50", **data})
    request.resolver_match = None if route is None else SimpleNamespace(view_name=route)  # type: ignore[assignment]
    return request


def upload(request: HttpRequest, name: str) -> UploadedFile:
    file = request.FILES[name]
    assert isinstance(file, UploadedFile)
    return file


def test_a_file_that_fits_is_kept_whole() -> None:
    request = posted("takes", people=b"x" * 1000)

    file = upload(request, "people")
    assert (file.name, file.size, file.read()) == ("people.csv", 1000, b"x" * 1000)
    assert request.POST.dict() == {"amount": "50"}


@pytest.mark.parametrize("size", [1001, 300_000, 3_000_000])
def test_a_file_that_is_too_large_is_only_measured(size: int) -> None:
    request = posted("takes", people=b"x" * size)

    file = upload(request, "people")
    assert isinstance(file, OversizedFile)
    assert (file.size, file.read()) == (size, b"")
    assert request.POST.dict() == {"amount": "50"}
    request.close()


def test_several_files_share_the_room() -> None:
    files = posted("takes", one=b"x" * 600, two=b"x" * 600).FILES

    assert [isinstance(files[name], OversizedFile) for name in ("one", "two")] == [False, True]


@pytest.mark.parametrize("route", ["takes-none", "no-such-route", None])
def test_elsewhere_files_are_dropped_and_fields_are_not(route: str | None) -> None:
    request = posted(route, people=b"x" * 3_000_000)

    assert dict(request.FILES) == {}
    assert request.POST.dict() == {"amount": "50"}


def test_a_large_file_that_is_allowed_waits_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MEMORY_BYTES", 100)

    request = posted("takes", people=b"x" * 900)

    file = upload(request, "people")
    assert cast("Any", file.file)._rolled
    assert file.read() == b"x" * 900
    request.close()


def test_of_an_upload_that_breaks_off_nothing_is_kept() -> None:
    request = posted("takes", people=b"x" * 900)
    whole = request.read()
    broken = RequestFactory().generic(
        "POST", "/", whole[: len(whole) // 2], content_type=request.headers["Content-Type"]
    )
    broken.resolver_match = request.resolver_match

    assert dict(broken.FILES) == {}


def multipart(*parts: tuple[str, bytes]) -> bytes:
    """A form of parts: what stands behind `form-data;`, and the content."""
    begun = [
        f"--part\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + body for head, body in parts
    ]
    return b"\r\n".join([*begun, b"--part--\r\n"])


FILE = 'name="file"; filename="a.csv"'
#: Bodies that no browser sends.
ODD = {
    "a thousand fields too many": multipart(*[(f'name="f{number}"', b"x") for number in range(2000)]),
    "hundreds of files": multipart(*[(f'name="file"; filename="{number}"', b"x") for number in range(300)]),
    "cut off": multipart((FILE, b"ann@example.com"))[:-20],
    "no parts": b"\x00\xff" * 500,
    "a name of a megabyte": multipart((f'name="file"; filename="{"x" * 1_000_000}"', b"x")),
    "a text of three megabytes": multipart(('name="people"', b"x" * 3_000_000)),
    "base64 that is none": multipart((f"{FILE}\r\nContent-Transfer-Encoding: base64", b"!!!")),
    "an encoding that is none": multipart((f"{FILE}\r\nContent-Type: text/csv; charset=nonsense", b"a@b.c")),
    "a zero in the name": multipart(('name="file"; filename="a\x00.csv"', b"\x00")),
    "half of a character": multipart((FILE, b"\xff\xfea"), ('name="access"', b"member")),
    "no room left for the list": multipart(('name="x"; filename="x"', b"x" * 1_000_000), (FILE, b"a@b.c")),
}


@pytest.mark.parametrize(
    "boundary", ["; boundary=part", "; boundary=part; charset=nonsense", "; boundary=", ""]
)
@pytest.mark.parametrize("odd", ODD)
def test_odd_forms_are_refused_and_invite_nobody(
    odd: str, boundary: str, acme: Organization, alice: Person
) -> None:
    response = alice.client.generic(
        "POST", "/organization/invitations/many/", ODD[odd], content_type=f"multipart/form-data{boundary}"
    )

    assert response.status_code in {400, 422}
    assert InvitationRepository(acme.id).page().items == ()
