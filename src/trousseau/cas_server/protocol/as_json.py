"""Answers in JSON (`format=JSON`)."""

import json
from typing import Any

from trousseau.cas_server.protocol.answers import (
    Answer,
    Failure,
    ProxyFailure,
    ProxySuccess,
    Success,
    instant,
)

CONTENT_TYPE = "application/json; charset=utf-8"


def render(answer: Answer) -> str:
    """Return the `serviceResponse` object."""
    return json.dumps({"serviceResponse": _content(answer)}, ensure_ascii=False)


def _content(answer: Answer) -> dict[str, Any]:
    match answer:
        case Success():
            return {"authenticationSuccess": _success(answer)}
        case Failure(code, description):
            return {"authenticationFailure": {"code": str(code), "description": description}}
        case ProxySuccess(ticket):
            return {"proxySuccess": {"proxyTicket": ticket}}
        case ProxyFailure(code, description):
            return {"proxyFailure": {"code": str(code), "description": description}}


def _success(answer: Success) -> dict[str, Any]:
    content: dict[str, Any] = {"user": answer.user}
    attributes: dict[str, list[Any]] = {}
    if answer.sign_in:
        attributes["authenticationDate"] = [instant(answer.sign_in.at)]
        attributes["longTermAuthenticationRequestTokenUsed"] = [answer.sign_in.long_term]
        attributes["isFromNewLogin"] = [answer.sign_in.from_new_login]
    attributes |= {name: list(values) for name, values in answer.attributes.items()}
    if attributes:
        content["attributes"] = attributes
    if answer.granting_ticket:
        content["proxyGrantingTicket"] = answer.granting_ticket
    if answer.proxies:
        content["proxies"] = list(answer.proxies)
    return content
