"""`make faults`: recoveries by the dozen, while processes are killed at random moments.

People ask, follow their links and choose passwords, each until it is done, through real pages and
a real mail server; meanwhile two workers, the web process and its parent are killed by `kill -9`
and started again. At the end of each run the killing stops and the processes' clock is set three
minutes ahead, so that nobody need wait for the leases of the dead. Then everything is counted.
"""

import argparse
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

RUNS = 20
DATABASES = ("sqlite", "postgresql")
# What is counted, in the words of the published table; the last ones must be 0.
ROWS = {
    "asked": "requests asked and noted",
    "killed worker": "workers killed",
    "killed web process": "web processes killed",
    "killed web parent": "web parents killed",
    "cut": "pages cut off, and asked for again",
    "answered": "requests answered",
    "links": "mails with links",
    "links twice": "of these, second ones",
    "notices": "notices of a new password",
    "notices twice": "of these, second ones",
    "recovered": "passwords chosen",
    "without outcome": "requests or mails without an outcome",
    "used twice": "credentials used twice",
    "lost": "people who did not get in",
}
MUST_BE_NONE = ("without outcome", "used twice", "lost")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--database", action="append", choices=DATABASES)
    options = parser.parse_args()
    if inside := os.environ.get("FAULT_INSIDE"):
        print(json.dumps(endure(options.runs, options.seed, Path(inside))))
        return
    databases = options.database or DATABASES
    counts = {name: on(name, options.runs, options.seed) for name in databases}
    print(f"{options.runs} runs, seed {options.seed}\n")
    print("| | " + " | ".join(databases) + " |")
    print("| --- |" + " ---: |" * len(databases))
    for key, words in ROWS.items():
        print(f"| {words} | " + " | ".join(str(counts[name][key]) for name in databases) + " |")
    if any(counts[name][key] for name in databases for key in MUST_BE_NONE):
        sys.exit("something was lost: see above")


def on(database: str, runs: int, seed: int) -> dict[str, int]:
    """Do the runs on a database of their own, in a process whose settings name it."""
    from bench.databases import DATABASES as SERVERS  # noqa: PLC0415 - only the outer process

    with tempfile.TemporaryDirectory(prefix="trousseau-faults-") as name:
        folder = Path(name)
        with SERVERS[database](folder) as url:
            variables = {
                "FAULT_INSIDE": name,
                "TROUSSEAU_DATABASE_URL": url,
                "TROUSSEAU_DATA_DIR": name,
                "TROUSSEAU_SECRET_KEY": "known to everybody, for loopback only, gone with the run",
                "TROUSSEAU_LOG_LEVEL": "WARNING",
                "DJANGO_SETTINGS_MODULE": "trousseau.settings",
            }
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "tests.faults.endurance",
                    f"--runs={runs}",
                    f"--seed={seed}",
                ],
                env=os.environ | variables,
                stdout=subprocess.PIPE,
                check=True,
            )
    figures: dict[str, int] = json.loads(done.stdout)
    return figures


def endure(runs: int, seed: int, folder: Path) -> Counter[str]:
    """Return the counts of all runs."""
    import django  # noqa: PLC0415 - the outer process has no settings

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - after the settings

    from tests.faults.processes import Clock  # noqa: PLC0415 - as above
    from tests.faults.random_kills import Run  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    clock, counts = Clock(folder), Counter[str]()
    for number in range(runs):
        begun = time.monotonic()
        counts += Run(number, chance, folder, clock).counted()
        print(f"run {number + 1}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return Counter({key: counts[key] for key in ROWS})


if __name__ == "__main__":
    main()
