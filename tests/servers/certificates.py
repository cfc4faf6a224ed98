"""A private CA, and a certificate that it gave to 127.0.0.1 and localhost."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

DAY = ["-days", "2"]
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"


@dataclass(frozen=True)
class Certificates:
    """Files: the CA's certificate, a server's certificate and its key."""

    ca: Path
    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> "Certificates":
        """Make all of them with openssl."""
        folder.mkdir(parents=True, exist_ok=True)
        ca, ca_key = folder / "ca.pem", folder / "ca.key"
        certificate, key = folder / "server.pem", folder / "server.key"
        _openssl("req", "-x509", *KEY, *DAY, "-subj", "/CN=private", "-keyout", ca_key, "-out", ca)
        _openssl(
            *("req", "-x509", *KEY, *DAY, "-subj", "/CN=server", "-addext", NAMES),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
            *("-CA", ca, "-CAkey", ca_key, "-keyout", key, "-out", certificate),
        )
        return cls(ca, certificate, key)


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)
