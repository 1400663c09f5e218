"""SQL of the re-pricing jobs and their previews. Every statement names its workspace, but for the search for work."""

from app.repricings.queries.figures import add_figures, delete_figures, figures
from app.repricings.queries.jobs import (
    begin,
    claim,
    hold,
    insert,
    job,
    jobs,
    later,
    release,
    waiting,
    workspace_of,
)

__all__ = [
    "add_figures",
    "begin",
    "claim",
    "delete_figures",
    "figures",
    "hold",
    "insert",
    "job",
    "jobs",
    "later",
    "release",
    "waiting",
    "workspace_of",
]
