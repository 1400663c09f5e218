"""What is sent, to where, and when it is tried again: pure, and the words of the packages above."""

from app.delivery.rules.channels import Address, BadAddress, ChannelKind, Parcel, check_address
from app.delivery.rules.mails import Mail
from app.delivery.rules.notices import Action, Notice, Severity
from app.delivery.rules.states import Filter, State

__all__ = [
    "Action",
    "Address",
    "BadAddress",
    "ChannelKind",
    "Filter",
    "Mail",
    "Notice",
    "Parcel",
    "Severity",
    "State",
    "check_address",
]
