"""How a server is reached: through which proxy, and by whose certificates it is trusted."""

import os
import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi

from dataaug.errors import MissingError
from dataaug.llms.urls import host, without_secrets

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def proxy(url: str) -> str | None:
    """Return the proxy that the environment names for a URL; none can reach this machine.

    Raises:
        MissingError: it speaks another protocol than HTTP.
    """
    name = host(url)
    if name in _LOOPBACK or proxy_bypass(name):
        return None
    known = getproxies()
    named = known.get(urlsplit(url).scheme) or known.get("all")
    if not named:
        return None
    named = named if "://" in named else f"http://{named}"
    if not host(named):
        raise MissingError(
            f"the environment names the proxy {without_secrets(named)}: dataaug speaks with HTTP "
            f"proxies only; name one by https_proxy, or set no_proxy={name}"
        )
    return named


def certificates(url: str) -> ssl.SSLContext | bool:
    """Return whom to trust: the machine's authorities and certifi's, or those that it is told."""
    if urlsplit(url).scheme != "https":
        return True
    trusted = ssl.create_default_context()  # reads SSL_CERT_FILE and SSL_CERT_DIR
    if not {"SSL_CERT_FILE", "SSL_CERT_DIR"} & os.environ.keys():
        trusted.load_verify_locations(certifi.where())  # some machines come with none
    return trusted
