"""E-mail addresses: which can be written to, and which are the same mailbox."""

import re
import unicodedata
from functools import lru_cache

import idna

MAX_LENGTH = 254
MAX_LOCAL_LENGTH = 64
# What can stand on either side of the sign without quoting: no blank, control, bracket, quote.
_LOCAL = re.compile(r"[^\s\x00-\x1f\x7f-\x9f()<>\[\]:;,@\\\"]+")
_ASCII_CAPITALS = {ord(capital): ord(capital) + 32 for capital in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


class InvalidAddressError(ValueError):
    """The text is not an e-mail address one can write to."""


def split(address: str) -> tuple[str, str]:
    """Return the local part and the domain."""
    local, _, domain = address.rpartition("@")
    return local, domain


def cleaned(text: str) -> str:
    """Return the address as it will be stored: blanks around it gone, composed form.

    Raises InvalidAddressError when it is not an address: the check is of the form alone,
    internationalised addresses included (RFC 6531). A sign whose composed form is an ASCII
    letter, as the Kelvin sign's is `K`, would be somebody else's address: refused (REC-19).
    """
    address = unicodedata.normalize("NFC", text.strip())
    local, domain = split(address)
    dots_in_place = not local.startswith(".") and not local.endswith(".") and ".." not in local
    if (
        len(address) > MAX_LENGTH
        or any(unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp", "Cs"} for sign in address)
        or len(local.encode()) > MAX_LOCAL_LENGTH
        or not _LOCAL.fullmatch(local)
        or not dots_in_place
        or any(_passes_for_ascii(sign) for sign in split(text)[0])
    ):
        raise InvalidAddressError(text)
    ascii_domain(domain)
    return address


def _passes_for_ascii(sign: str) -> bool:
    return not sign.isascii() and unicodedata.normalize("NFC", sign).isascii()


@lru_cache(maxsize=1024)  # most of a town writes from a handful of domains
def ascii_domain(domain: str) -> str:
    """Return the domain as the mail servers know it (IDNA); raises InvalidAddressError."""
    try:
        encoded = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii").lower()
    except idna.IDNAError as error:
        raise InvalidAddressError(domain) from error
    if "." not in encoded or encoded.endswith("."):
        raise InvalidAddressError(domain)
    return encoded


def key(address: str) -> str:
    """Return the form under which two spellings count as one mailbox.

    Only the letters A to Z lose their case in the local part: a full Unicode case folding
    would make `mıke@` and the Kelvin sign's `K` the same as somebody else's ASCII address
    (REC-19). Raises InvalidAddressError.
    """
    local, domain = split(cleaned(address))
    return f"{local.translate(_ASCII_CAPITALS)}@{ascii_domain(domain)}"


def deliverable(address: str) -> str:
    """Return the address for an envelope and a header: the domain in its ASCII form.

    Raises InvalidAddressError, for an address that came here unchecked as well.
    """
    local, domain = split(cleaned(address))
    return f"{local}@{ascii_domain(domain)}"


def masked(address: str) -> str:
    """Return the address with its middle hidden: `m•••@hebergeur.com` (ACT-06)."""
    local, domain = split(address)
    return f"{local[:1]}•••@{domain}"
