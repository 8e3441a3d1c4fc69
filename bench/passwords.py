"""Print which share of a list of frequent passwords the policy refuses.

Usage: python bench/passwords.py LISTFILE [--show] (one password a line; only those of permitted
length count, for a pupil, an adult and a helper), with Wilson's interval at 95 %. `--show` prints
those accepted.
"""

import sys
from math import sqrt
from pathlib import Path

from django.conf import settings

from trousseau.accounts.passwords import Person, judge

MINIMA = {"pupil": 8, "adult": 12, "helper": 15}
_SPREAD = 1.96


def main(path: str, *options: str) -> None:
    """Judge every line of the file at each minimum length."""
    settings.configure(USE_I18N=False)
    lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    for who, minimum in MINIMA.items():
        permitted = [line for line in lines if len(line) >= minimum]
        accepted = [line for line in permitted if judge(line, Person(), minimum).accepted]
        if not permitted:
            continue
        refused = len(permitted) - len(accepted)
        low, high = interval(refused, len(permitted))
        print(
            f"{who:7} {minimum:2}+  {len(permitted):6} permitted  "
            f"{100 * refused / len(permitted):6.2f} % refused ({low:.2f} to {high:.2f})"
        )
        if "--show" in options:
            print("        accepted:", *accepted)


def interval(found: int, tried: int) -> tuple[float, float]:
    """Return Wilson's interval of a share, in per cent."""
    share, square = found / tried, _SPREAD**2 / tried
    centre, half = share + square / 2, sqrt(square * (share * (1 - share) + square / 4))
    return 100 * (centre - half) / (1 + square), 100 * (centre + half) / (1 + square)


if __name__ == "__main__":
    main(*sys.argv[1:])
