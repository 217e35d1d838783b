"""A throw-away certificate authority, which says that a server on loopback is each of NICE's hosts."""

from dataclasses import dataclass
from pathlib import Path

import trustme

__all__ = ["Authority"]

# Both of NICE's domains are in use, and which of them an area's host has cannot be told from its name.
_NAMES = ("*.niceincontact.com", "*.nice-incontact.com", "127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Authority:
    """The files that a server and its clients need; nobody else has ever trusted this authority."""

    folder: Path

    @classmethod
    def founded_in(cls, folder: Path) -> "Authority":
        """Write its files into a folder that is there."""
        authority = cls(folder)
        root = trustme.CA()
        root.cert_pem.write_to_path(authority.root)
        server = root.issue_cert(*_NAMES)
        server.private_key_pem.write_to_path(authority.key)
        for block in server.cert_chain_pems:
            block.write_to_path(authority.certificate, append=True)
        return authority

    @property
    def root(self) -> Path:
        """What a client must trust."""
        return self.folder / "root.pem"

    @property
    def certificate(self) -> Path:
        """What a server shows."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        """What only the server knows."""
        return self.folder / "server.key"

    @property
    def trusted(self) -> dict[str, str]:
        """The variables under which requests, OpenSSL and Node look for what to trust."""
        names = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
        return dict.fromkeys(names, str(self.root))
