"""The secret part of a page's address: nobody can guess it, and a restart finds it again."""

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

_SIZE = 32


def token(keys: Iterable[str]) -> tuple[str, bool]:
    """Return a secret for a sample, and whether it will be the same at the next start.

    A page that is open when its server dies goes on when it is started again, so the address must
    be the same. It follows from the sample and from a secret of this user, kept in
    ``~/.local/state/dataaug`` for nobody else to read; without a home it is drawn anew.

    Args:
        keys: the keys of the sample's rows.
    """
    try:
        secret, lasting = _kept(), True
    except OSError:
        secret, lasting = secrets.token_bytes(_SIZE), False
    sample = hashlib.sha256("\n".join(keys).encode(errors="surrogatepass")).digest()
    return hmac.new(secret, sample, hashlib.sha256).hexdigest()[:32], lasting


def _kept() -> bytes:
    """Return this user's secret, made at the first call.

    Raises:
        OSError: there is no home to keep it in, or the file is not this user's alone.
    """
    state = os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
    folder = Path(state) / "dataaug"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "review-secret"
    if not path.exists():
        fresh = folder / f".review-secret.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(_SIZE))
        try:
            os.link(fresh, path)  # whole or not at all, and never over one that is there
        except FileExistsError:
            pass  # another start made it at the same time
        finally:
            fresh.unlink()
    return _read(path)


def _read(path: Path) -> bytes:
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(file)
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise PermissionError(f"{path} is not this user's alone")
        secret = os.read(file, _SIZE)
    finally:
        os.close(file)
    if len(secret) != _SIZE:
        raise OSError(f"{path} is not whole")
    return secret
