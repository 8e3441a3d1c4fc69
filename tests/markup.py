"""What the HTML standard's own parser would complain about."""

from justhtml import JustHTML


def find_parse_errors(html: str) -> list[str]:
    return [str(error) for error in JustHTML(html, collect_errors=True).errors]
