"""Reads compressed bodies, up to the size that a plain body may have."""

import zlib

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

PLAIN = {"", "identity"}
KNOWN = {"gzip", "x-gzip", "deflate"}
EITHER_HEADER = 32 + zlib.MAX_WBITS
"""zlib detects gzip or deflate."""


def decompress(sent: bytes, encoding: str, most: int) -> bytes:
    """Return the decompressed body, at most `most` bytes.

    encoding: the Content-Encoding. Never holds more than `most` + 1 bytes. Raises
    UnsupportedMediaType, BadRequest, RequestEntityTooLarge.
    """
    if encoding not in KNOWN:
        raise UnsupportedMediaType(
            f"Content-Encoding {encoding[:40]!r} cannot be read: send the body plain or as gzip."
        )
    plain = bytearray()
    while sent:
        decoder = zlib.decompressobj(EITHER_HEADER)
        try:
            plain += decoder.decompress(sent, most + 1 - len(plain))
        except zlib.error as error:
            raise BadRequest(f"The body is not {encoding}: {error}.") from None
        if len(plain) > most:
            raise RequestEntityTooLarge
        if not decoder.eof:
            raise BadRequest(f"The body is not {encoding}: it ends too early.")
        sent = decoder.unused_data  # gzip allows several members in a row
    return bytes(plain)
