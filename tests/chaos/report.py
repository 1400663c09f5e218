"""The table at the end."""

from statistics import median

from tests.chaos.run import Outcome


def show(outcome: Outcome, repeat: str, machine: str) -> str:
    """The run in figures; on failure what differs, and the command that repeats it."""
    lines = ["", f"{'fault':<32}{'times':>7}{'recovered, median':>20}{'slowest':>10}"]
    for kind, times in sorted(outcome.faults.items()):
        seconds = outcome.recoveries[kind]
        lines.append(f"{kind:<32}{times:>7}{median(seconds):>18.2f} s{max(seconds):>8.2f} s")
    lines += [f"{'all':<32}{sum(outcome.faults.values()):>7}", ""]
    lines += [f"{name:<44}{value:>14,}" for name, value in _figures(outcome)]
    lines += [
        f"{'greatest memory of a service':<44}{outcome.peak_bytes / 2**20:>10.0f} MiB",
        f"{'disk full by':<44}{outcome.disk}",
        f"{'took':<44}{outcome.seconds:>12.0f} s",
        f"{'machine':<44}{machine}",
        "",
    ]
    if outcome.is_well:
        lines.append("Every acknowledged call is there once, every sum agrees to the digit, and nothing else is there.")
    else:
        lines += ["FAILED:", *outcome.differences, "", f"again: {repeat}"]
    return "\n".join(lines)


def _figures(outcome: Outcome) -> list[tuple[str, int]]:
    counts = outcome.counts
    answers = sorted(name for name in counts if name.startswith("answers"))
    return [
        ("calls made, all of them stored once", outcome.made),
        ("events sent, with every repeat", counts["sent"]),
        ("of these sent again after a fault", counts["sent again"]),
        ("answered: accepted", counts["accepted"]),
        ("answered: duplicate", counts["duplicates"]),
        ("answered: rejected", counts["rejected"]),
        ("requests", counts["requests"]),
        *((name, counts[name]) for name in answers),
        ("requests without an answer", counts["requests unanswered"]),
        ("requests that did not leave whole", counts["requests unsent"]),
        ("looks of the judge", outcome.looks),
    ]
