"""Kinds, severities, settings, quiet hours and routing of alerts. No I/O."""

from app.alerts.rules.alerts import Fact, Kind, NewAlert, State, reaches
from app.alerts.rules.channels import (
    DEFAULT_CHANNEL_ID,
    DEFAULT_WAY,
    MAX_CHANNELS,
    MAX_RECIPIENTS,
    PLAIN,
    Secrets,
    Way,
    hint_of,
    masked,
)
from app.alerts.rules.notices import Place, Told, notice_of, trial_notice
from app.alerts.rules.quiet import QuietHours, is_time_zone
from app.alerts.rules.settings import ABOUT, FIGURES, Figure, Setting, Unit, faults
from app.delivery.rules import Severity

__all__ = [
    "ABOUT",
    "DEFAULT_CHANNEL_ID",
    "DEFAULT_WAY",
    "FIGURES",
    "MAX_CHANNELS",
    "MAX_RECIPIENTS",
    "PLAIN",
    "Fact",
    "Figure",
    "Kind",
    "NewAlert",
    "Place",
    "QuietHours",
    "Secrets",
    "Setting",
    "Severity",
    "State",
    "Told",
    "Unit",
    "Way",
    "faults",
    "hint_of",
    "is_time_zone",
    "masked",
    "notice_of",
    "reaches",
    "trial_notice",
]
