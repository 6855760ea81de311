"""Where the hub is, and the rule that nothing travels unencrypted beyond this machine."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from qundao.kernel.errors import fail
from qundao.kernel.signing import VerifyKey
from qundao.node.codes import BAD_CODE, HUB_IMPOSTOR, TLS_REQUIRED

_CODE = re.compile(r"QD(?:-[A-Z2-7]{2,20}){1,10}-([0-9a-f]{20,32})")


def check_address(url: str) -> str:
    """Return the hub's address without a trailing slash. Raises `node.tls_required`."""
    parts = urlsplit(url.strip())
    host = parts.hostname or ""
    plain = parts.scheme == "http" and is_loopback(host)
    if not host or parts.username or not (plain or parts.scheme == "https"):
        shown = parts._replace(netloc=host).geturl() if parts.username else url
        raise fail(TLS_REQUIRED, shown, "hub")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """The operator's one-time code. Its tail is the beginning of the hub key's fingerprint, so
    that the node knows the hub before it believes anything.
    """

    text: str
    fingerprint: str

    @classmethod
    def parse(cls, text: str) -> EnrolmentCode:
        """Read a code as typed or pasted. Raises `node.bad_enrolment_code`."""
        head, dash, tail = "".join(text.split()).rpartition("-")
        code = f"{head.upper()}{dash}{tail.lower()}"
        found = _CODE.fullmatch(code)
        if not found:
            shown = f"{len(code)} characters"
            raise fail(BAD_CODE, shown, "code")
        return cls(code, found.group(1))

    def check_hub(self, key: VerifyKey) -> None:
        """Raise `node.hub_key_mismatch` unless this key issued the code."""
        if not key.fingerprint.startswith(self.fingerprint):
            raise fail(HUB_IMPOSTOR, key.fingerprint, "hub_key", expected=self.fingerprint)
