"""Answers in XML (appendix A of the specification)."""

from xml.etree.ElementTree import Element

from trousseau.cas_server.protocol import markup
from trousseau.cas_server.protocol.answers import (
    Answer,
    Failure,
    ProxyFailure,
    ProxySuccess,
    SignInFacts,
    Success,
    instant,
)

NAMESPACE = "http://www.yale.edu/tp/cas"
CONTENT_TYPE = "application/xml; charset=utf-8"


def render(answer: Answer) -> str:
    """Return the `serviceResponse` document."""
    root = markup.root("cas:serviceResponse", {"xmlns:cas": NAMESPACE})
    match answer:
        case Success():
            _success(root, answer)
        case Failure():
            markup.add(root, "cas:authenticationFailure", answer.description, code=str(answer.code))
        case ProxySuccess():
            success = markup.add(root, "cas:proxySuccess")
            markup.add(success, "cas:proxyTicket", answer.ticket)
        case ProxyFailure():
            markup.add(root, "cas:proxyFailure", answer.description, code=str(answer.code))
    return markup.serialised(root)


def _success(root: Element, answer: Success) -> None:
    success = markup.add(root, "cas:authenticationSuccess")
    markup.add(success, "cas:user", answer.user)
    if answer.sign_in or answer.attributes:
        attributes = markup.add(success, "cas:attributes")
        if answer.sign_in:
            _sign_in(attributes, answer.sign_in)
        for name, values in answer.attributes.items():
            for value in values:
                markup.add(attributes, f"cas:{name}", value)
    if answer.granting_ticket:
        markup.add(success, "cas:proxyGrantingTicket", answer.granting_ticket)
    if answer.proxies:
        proxies = markup.add(success, "cas:proxies")
        for proxy in answer.proxies:
            markup.add(proxies, "cas:proxy", proxy)


def _sign_in(attributes: Element, facts: SignInFacts) -> None:
    markup.add(attributes, "cas:authenticationDate", instant(facts.at))
    markup.add(attributes, "cas:longTermAuthenticationRequestTokenUsed", _boolean(facts.long_term))
    markup.add(attributes, "cas:isFromNewLogin", _boolean(facts.from_new_login))


def _boolean(truth: bool) -> str:  # noqa: FBT001 - it is the value
    return "true" if truth else "false"
