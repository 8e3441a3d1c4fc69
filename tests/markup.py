"""What the HTML standard's own parser finds in a page, and what it complains about."""

from django.http import HttpResponse
from justhtml import JustHTML


def find_parse_errors(html: str) -> list[str]:
    return [str(error) for error in JustHTML(html, collect_errors=True).errors]


def page_of(response: HttpResponse) -> JustHTML:
    """Parse what a test client received, forms and all."""
    return JustHTML(response.content.decode(), sanitize=False)


def heading(response: HttpResponse) -> str:
    """The page's one title, as read aloud."""
    (title,) = page_of(response).query("h1")
    return " ".join(title.to_text().split())


def alerts(response: HttpResponse) -> list[str]:
    """What is wrong, as the page tells a person: field errors and refusals."""
    found = page_of(response).query("[role=alert]")
    return [" ".join(one.to_text().split()) for one in found]


def main_text(response: HttpResponse) -> str:
    """Everything a person reads between the header and the footer."""
    (main,) = page_of(response).query("main")
    return " ".join(main.to_text().split())


def rows(response: HttpResponse) -> list[str]:
    """Where the rows of a list lead, in their order."""
    return [str(link.attrs["href"]) for link in page_of(response).query("#results a")]
