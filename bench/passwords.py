"""Print which share of a list of frequent passwords the policy refuses.

Usage: python bench/passwords.py LISTFILE [--show] (one password a line; only those of permitted
length count, for a pupil, an adult and a helper). `--show` prints those accepted.
"""

import sys
from pathlib import Path

from django.conf import settings

from trousseau.accounts.passwords import Person, judge

MINIMA = {"pupil": 8, "adult": 12, "helper": 15}


def main(path: str, *options: str) -> None:
    """Judge every line of the file at each minimum length."""
    settings.configure(USE_I18N=False)
    lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    for who, minimum in MINIMA.items():
        permitted = [line for line in lines if len(line) >= minimum]
        accepted = [line for line in permitted if judge(line, Person(), minimum).accepted]
        if not permitted:
            continue
        share = 100 * (1 - len(accepted) / len(permitted))
        print(f"{who:7} {minimum:2}+  {len(permitted):6} permitted  {share:6.2f} % refused")
        if "--show" in options:
            print("        accepted:", *accepted)


if __name__ == "__main__":
    main(*sys.argv[1:])
