"""Reads compressed bodies, up to the size that a plain body may have."""

import zlib
from io import BytesIO

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

PLAIN = {"", "identity"}
KNOWN = {"gzip", "x-gzip", "deflate"}
EITHER_HEADER = 32 + zlib.MAX_WBITS
"""zlib detects gzip or deflate."""
PIECE_BYTES = 4_096
"""What follows a member is copied: all of it at once, for each of a million members, took minutes.
"""


def decompress(sent: bytes, encoding: str, most: int) -> bytes:
    """Return the decompressed body, at most `most` bytes.

    encoding: the Content-Encoding. Never holds more than `most` + 1 bytes. Raises
    UnsupportedMediaType, BadRequest, RequestEntityTooLarge.
    """
    if encoding not in KNOWN:
        raise UnsupportedMediaType(
            f"Content-Encoding {encoding[:40]!r} cannot be read: send the body plain or as gzip."
        )
    plain, source, decoder = bytearray(), BytesIO(sent), None
    while piece := source.read(PIECE_BYTES):
        while piece:
            decoder = decoder or zlib.decompressobj(EITHER_HEADER)
            try:
                plain += decoder.decompress(piece, most + 1 - len(plain))
            except zlib.error as error:
                raise BadRequest(f"The body is not {encoding}: {error}.") from None
            if len(plain) > most:
                raise RequestEntityTooLarge
            piece = decoder.unused_data  # gzip allows several members in a row
            if decoder.eof:
                decoder = None
    if decoder is not None:
        raise BadRequest(f"The body is not {encoding}: it ends too early.")
    return bytes(plain)
