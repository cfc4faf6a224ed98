"""Bodies that come compressed: read up to the size that a plain one may have."""

import zlib

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

PLAIN = {"", "identity"}
KNOWN = {"gzip", "x-gzip", "deflate"}
EITHER_HEADER = 32 + zlib.MAX_WBITS
"""zlib finds out by itself which of gzip and deflate it is."""


def decompress(sent: bytes, encoding: str, most: int) -> bytes:
    """Return a body of at most `most` bytes as it was before it was compressed.

    encoding: the Content-Encoding. Never holds more than `most` bytes and one. Raises
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
        sent = decoder.unused_data  # gzip allows several parts one after the other
    return bytes(plain)
