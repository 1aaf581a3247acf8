"""Until when the certificate of our address serves: a provider posts to nothing else."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from urllib.parse import urlsplit

PATIENCE = 5.0  # seconds


class NotReached(Exception):
    """Nothing answered from here; a provider may reach it all the same."""


class NotAccepted(Exception):
    """It answers with a certificate that no provider takes; its text says why."""


def until(url: str, trusted: ssl.SSLContext | None = None) -> datetime:
    """The end of the certificate at this https address, aware UTC. Raises NotReached, NotAccepted.

    trusted: whom to believe; None: whom this machine believes
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    try:
        with (
            socket.create_connection((host, port), timeout=PATIENCE) as plain,
            (trusted or ssl.create_default_context()).wrap_socket(plain, server_hostname=host) as shut,
        ):
            shown = shut.getpeercert() or {}
    except ssl.SSLCertVerificationError as wrong:
        raise NotAccepted(wrong.verify_message) from None
    except (OSError, UnicodeError) as trouble:
        raise NotReached(str(trouble)) from None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
