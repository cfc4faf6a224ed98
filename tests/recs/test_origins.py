import pytest

from recs.errors import SettingError
from recs.origins import host_of, read_origins
from recs.settings import Settings


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", set()),
        (" , ", set()),
        ("*", {"*"}),
        ("https://kino.example", {"https://kino.example"}),
        ("https://kino.example/", {"https://kino.example"}),
        ("HTTPS://Kino.Example", {"https://kino.example"}),
        ("https://kino.example:443", {"https://kino.example"}),
        ("http://kino.example:80/", {"http://kino.example"}),
        ("https://kino.example:", {"https://kino.example"}),
        ("http://kino.example:443", {"http://kino.example:443"}),
        ("http://localhost:3000", {"http://localhost:3000"}),
        ("http://127.0.0.1:8080", {"http://127.0.0.1:8080"}),
        ("http://[0:0::1]:3000/", {"http://[::1]:3000"}),
        ("https://кино.рф", {"https://xn--h1adke.xn--p1ai"}),
        ("http://a, https://b:1/,", {"http://a", "https://b:1"}),
        ("*, http://a", {"*", "http://a"}),
    ],
)
def test_origins_are_read_as_browsers_write_them(text: str, origins: set[str]) -> None:
    assert read_origins(text) == origins


@pytest.mark.parametrize(
    "text",
    [
        "kino.example",
        "localhost:3000",
        "//kino.example",
        "https://",
        "https://*.kino.example",
        "https://kino.example/page",
        "https://kino.example//",
        "https://kino.example?a=1",
        "https://kino.example#a",
        "https://anna@kino.example",
        "https://kino.example:0",
        "https://kino.example:99999",
        "https://kino.example:http",
        "https://kino..example",
        "http://a http://b",
        "http://a;http://b",
        "'http://a'",
        "http://[::1",
        "http://[gg::1]",
        "htps://kino.example",
        "ftp://kino.example",
        "file:///home/anna/index.html",
        "null",
        "true",
        "**",
        "http://a, kino.example",
    ],
)
def test_what_no_browser_could_send_stops_the_start(text: str) -> None:
    with pytest.raises(SettingError, match=r"^CORS_ORIGINS=.* cannot be used: it must be .*"):
        Settings.from_env({"CORS_ORIGINS": text})


def test_the_complaint_names_the_one_that_is_wrong() -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_env({"CORS_ORIGINS": "http://a, kino.example"})

    assert "'kino.example'" in str(caught.value)


@pytest.mark.parametrize(
    ("origin", "host"),
    [("https://kino.example:1", "kino.example"), ("http://[::1]:2", "::1"), ("*", "")],
)
def test_the_host_of_an_origin(origin: str, host: str) -> None:
    assert host_of(origin) == host
