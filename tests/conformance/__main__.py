"""`make conformance`: prove the fixtures, run the suite, print how many cases of each dialect agree."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance import prove

TEST = Path(__file__).with_name("test_conformance.py")


class Agreement:
    """Counts, while pytest runs, the cases that agree."""

    def __init__(self) -> None:
        self.agreed: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            case = report.nodeid.partition("[")[2]
            self.agreed[case.partition("/")[0]] += 1


def main() -> int:
    proven = prove.main()
    agreement = Agreement()
    options = ["-q", "--no-header", "--tb=line", "-p", "no:cacheprovider", str(TEST), *sys.argv[1:]]
    failed = pytest.main(options, plugins=[agreement])
    dialects = prove.read()
    print(f"\n{'dialect':<22}{'cases':>7}{'agree':>7}")
    for dialect, cases in dialects.items():
        print(f"{dialect:<22}{len(cases):>7}{agreement.agreed[dialect]:>7}")
    print(f"{'all':<22}{sum(map(len, dialects.values())):>7}{sum(agreement.agreed[name] for name in dialects):>7}")
    return 1 if failed or proven else 0


if __name__ == "__main__":
    sys.exit(main())
