"""One mail to one person: text and HTML that say the same, and nothing that a name could add."""

from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from accounts.mail import send_mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _templates(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "hello_subject.txt").write_text("{% autoescape off %}Hello\n {{ name }}{% endautoescape %}\n")
    text = "Dear {{ name }}, open this:\n\n{{ url }}\n\n{{ name }} greets."
    (tmp_path / "hello_message.txt").write_text(f"{{% autoescape off %}}{text}{{% endautoescape %}}\n")
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path]}]


def sent(name: str) -> tuple[mail.EmailMultiAlternatives, str]:
    send_mail("john@example.com", "hello", {"name": name, "url": "https://example.com/x"})
    (message,) = mail.outbox
    assert isinstance(message, mail.EmailMultiAlternatives)
    return message, str(message.alternatives[0][0])


def test_mail_is_text_and_html_of_the_same_words() -> None:
    message, html = sent("Tom & Ann")

    assert (message.to, message.subject) == (["john@example.com"], "Hello Tom & Ann")
    assert message.body == "Dear Tom & Ann, open this:\n\nhttps://example.com/x\n\nTom & Ann greets."
    assert "Dear Tom &amp; Ann, open this:" in html
    assert html.count('href="https://example.com/x"') == html.count("<a ") == 1


def test_name_with_markup_stays_text() -> None:
    _, html = sent("<script>alert(1)</script>")

    assert "<script>" not in html


def test_name_with_lines_of_its_own_makes_no_paragraph_and_no_link() -> None:
    message, html = sent("Eve\n\nhttps://evil.example/\n\nBcc: all")

    assert message.subject == "Hello Eve https://evil.example/ Bcc: all"
    assert message.body.count("\n\n") == 2
    assert html.count("<a ") == 1


def test_name_that_looks_like_a_link_makes_no_button() -> None:
    _, html = sent("https://evil.example/")

    assert html.count("<a ") == 1
