"""What the HTML standard's own parser finds in a page, and what it complains about."""

from typing import Protocol

from justhtml import JustHTML


class Received(Protocol):
    """What a test client got."""

    content: bytes


def find_parse_errors(html: str) -> list[str]:
    return [str(error) for error in JustHTML(html, collect_errors=True).errors]


def page_of(received: Received) -> JustHTML:
    """Parse a page, forms and all."""
    return JustHTML(received.content.decode(), sanitize=False)


def texts(received: Received, selector: str) -> list[str]:
    """Tell what a person reads in each of these elements."""
    return [" ".join(one.to_text().split()) for one in page_of(received).query(selector)]


def attributes(received: Received, selector: str, name: str) -> list[str]:
    """Tell an attribute of each of these elements, empty where one has none."""
    return [(one.attrs or {}).get(name) or "" for one in page_of(received).query(selector)]


def heading(received: Received) -> str:
    """Tell the page's one title."""
    (title,) = texts(received, "h1")
    return title


def alerts(received: Received) -> list[str]:
    """Tell what is wrong: errors of fields, and refusals."""
    return texts(received, "[role=alert]")


def main_text(received: Received) -> str:
    """Tell everything that stands between the header and the footer."""
    (main,) = texts(received, "main")
    return main


def rows(received: Received) -> list[str]:
    """Tell where the rows of the picker lead."""
    return attributes(received, "#results a", "href")
