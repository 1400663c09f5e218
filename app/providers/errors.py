"""Why something about a connection is refused."""

from app.core.errors import AppError


class AlreadyConnected(AppError):
    status, code, title = 409, "already_connected", "This key is connected already"


class ConnectionPaused(AppError):
    status, code, title = 409, "connection_paused", "The connection is paused"


class ProviderUnreachable(AppError):
    status, code, title = 502, "provider_unreachable", "The provider could not be reached"


class NoEncryption(AppError):
    status, code, title = 503, "no_encryption_key", "Keys cannot be kept"


class KeyLost(AppError):
    status, code, title = 409, "provider_key_lost", "The stored key cannot be read"
