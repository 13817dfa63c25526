import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from config.mail import DEFAULT_SENDER, MailSettings, settings

SMTP = "apps.alerts.channels.smtp.Smtp"


def test_without_a_server_mails_become_files() -> None:
    assert import_string(settings("").backend).__name__ == "FileOutbox"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", MailSettings(SMTP, "mail.example.com", 25)),
        ("smtp://mail.example.com:2525", MailSettings(SMTP, "mail.example.com", 2525)),
        ("smtp+tls://ann:pw@mail.example.com", MailSettings(SMTP, "mail.example.com", 587, "ann", "pw", starttls=True)),
        ("smtps://ann:pw@mail.example.com", MailSettings(SMTP, "mail.example.com", 465, "ann", "pw", ssl=True)),
        ("smtp://ann%40example.com:p%3A%2Fw@m:25", MailSettings(SMTP, "m", 25, "ann@example.com", "p:/w")),
    ],
)
def test_the_url_says_where_and_how_mail_is_sent(url: str, expected: MailSettings) -> None:
    assert settings(url) == expected


def test_the_sender_is_part_of_the_url() -> None:
    assert settings("smtp://m?from=alerts@example.com").sender == "alerts@example.com"
    assert settings("smtp://m").sender == DEFAULT_SENDER


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://m:99999", "smtp://m:x"]
)
def test_a_url_that_is_not_understood_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        settings(url)
