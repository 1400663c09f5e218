"""Which addresses other people may make us connect to: public ones, and this machine where that is allowed.

A name is resolved, checked and connected to in one piece, so that it cannot lead elsewhere a moment later.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import httpcore

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
# Name and port to addresses, in the order in which they should be tried. Raises OSError when there are none.
Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

# Answer with secrets of the machine, though their addresses look public: Azure's virtual public address of the host.
METADATA: Final = frozenset({ipaddress.ip_address("168.63.129.16")})
# For addresses that whoever runs the service has set.
EVERYWHERE: Final = (ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv6Network("::/0"))
# Carry an IPv4 address within: NAT64 (RFC 6052).
NAT64: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


class AddressRefused(Exception):
    """We do not connect there. The message is for people and names the host only."""


def check_url(url: str, *, allow_local: bool) -> str:
    """The address without its trailing slash. Raises AddressRefused for what cannot be an API's base address."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise AddressRefused("is not an address: https://gateway.example.com/v1") from None
    if parts.scheme not in ({"https", "http"} if allow_local else {"https"}) or not host:
        raise AddressRefused("must be the whole address, beginning with https://")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise AddressRefused("must hold no user name, password, ? or #")
    return url.rstrip("/")


def is_allowed(address: Address, *, allow_local: bool, networks: Sequence[Network] = ()) -> bool:
    """Whether a connection to it may be made; into `networks` it always may."""
    if any(address in network for network in networks):
        return True
    inner = _embedded(address)
    if inner is not None:
        return is_allowed(inner, allow_local=allow_local, networks=networks)
    if address.is_loopback:
        return allow_local
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in METADATA


def _embedded(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if any(address in network for network in NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


async def resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def checked_addresses(
    host: str, port: int, resolver: Resolver, *, allow_local: bool, networks: Sequence[Network] = ()
) -> Sequence[str]:
    """The addresses of a host. Raises AddressRefused when one of them is not allowed, OSError when there are none.

    One bad address condemns the name: it would only be a matter of patience until it is the one that is tried.
    """
    literal = _literal(host)
    found = [literal] if literal else list(await resolver(host, port))
    if not found:
        raise OSError("no address")
    addresses = [ipaddress.ip_address(text.split("%")[0]) for text in found]
    if not all(is_allowed(address, allow_local=allow_local, networks=networks) for address in addresses):
        raise AddressRefused(f"{host} leads to a private, local or reserved address, where we do not connect")
    return found


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, and to no name: certificate and Host stay the name's."""

    def __init__(self, resolver: Resolver, *, allow_local: bool, networks: Sequence[Network] = ()) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._resolver, self._allow_local, self._networks = resolver, allow_local, networks

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the name is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await checked_addresses(
                    host, port, self._resolver, allow_local=self._allow_local, networks=self._networks
                )
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"{host} was not found in time") from None
        except OSError:
            raise httpcore.ConnectError(f"{host} has no address") from None
        for address in addresses[:-1]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the name is httpcore's
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused("sockets of this machine are not reached by an address")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
