"""Watch what a browser complains about while a test drives it."""

from http import HTTPStatus

from playwright.sync_api import BrowserContext, ConsoleMessage, Response


def watch(context: BrowserContext) -> list[str]:
    """Return a list that fills with what goes wrong on every page of the context.

    A script error, a refusal by the content security policy, or a missing file of a page; the page
    itself may well answer 404, for that may be what the test is about.
    """
    errors: list[str] = []

    def note_console(said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            errors.append(said.text)

    def note_response(response: Response) -> None:
        if (
            response.status >= HTTPStatus.BAD_REQUEST
            and not response.request.is_navigation_request()
        ):
            errors.append(f"{response.status} {response.url}")

    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", note_console)
    context.on("response", note_response)
    return errors
