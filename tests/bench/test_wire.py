import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import wire

HEAD = b"HTTP/1.1 200 OK\r\nServer: granian\r\n"


def chunked(pieces: list[bytes]) -> bytes:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece)
    return HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def counted(body: bytes) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


responses = st.lists(st.binary(max_size=40), max_size=5).map(chunked) | st.binary().map(counted)


@given(responses, st.data())
def test_a_response_ends_with_its_last_byte_and_not_before(
    response: bytes, data: st.DataObject
) -> None:
    assert wire.end(response) == len(response)
    assert wire.end(response + b"HTTP/1.1 200 OK") == len(response)
    cut = data.draw(st.integers(min_value=0, max_value=len(response) - 1))
    assert wire.end(response[:cut]) == 0


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_content_is_put_together_and_unpacked(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    packed = gzip.compress(whole)
    response = chunked([packed[:7], packed[7:]]).replace(
        b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n", 1
    )
    head, _, body = response.partition(b"\r\n\r\n")
    assert wire.content(wire.Answer(200, head, body, len(response))) == whole


def test_a_response_without_length_is_refused() -> None:
    with pytest.raises(wire.BrokenAnswerError):
        wire.end(HEAD + b"\r\n")


def test_a_response_without_body_ends_with_its_head() -> None:
    response = b"HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n"
    assert wire.end(response) == len(response)


def test_a_form_announces_its_length_and_its_origin() -> None:
    head, _, body = wire.post(8000, "/leia/recover/", email="léa@exemple.fr").partition(b"\r\n\r\n")
    assert body == b"email=l%C3%A9a%40exemple.fr"
    assert b"\r\nContent-Length: %d" % len(body) in head
    assert b"\r\nOrigin: http://127.0.0.1:8000\r\nSec-Fetch-Site: same-origin\r\n" in head
