"""Who is looking: an id in the signed session cookie, or `?user_id=` to look as someone else."""

import os
import secrets
from pathlib import Path
from uuid import uuid4

from flask import g, request, session

KEY_FILE = "page.key"
LONGEST_ID_BYTES = 512


def signing_key(data_dir: Path) -> bytes:
    """Return the key under `data_dir`, made on first start. Processes that race get the same."""
    path = data_dir / KEY_FILE
    if not path.exists():
        _make_key(path)
    return path.read_bytes()


def _make_key(path: Path) -> None:
    """Write a new key in full, then name it; the first name given stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def recognise() -> None:
    """Set `g.viewer`, and `g.guest_of` where someone else's list is looked at."""
    if "viewer" not in session:
        start_afresh()
    someone = request.args.get("user_id", "")
    usable = someone.isprintable() and len(someone.encode("utf-8", "replace")) <= LONGEST_ID_BYTES
    g.guest_of = someone if someone and usable and someone != session["viewer"] else None
    g.viewer = g.guest_of or session["viewer"]


def start_afresh() -> None:
    """Become a viewer of whom nothing is known."""
    session["viewer"] = str(uuid4())
    session.permanent = True
