"""`python -m app.pricing.build`: rewrite the price book and the list of conflicts."""

import sys

from app.pricing.build.write import write

for line in write():
    sys.stdout.write(f"{line}\n")
