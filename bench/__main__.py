"""`python -m bench`: measure everything, write bench/results/."""

import argparse
import signal
import sys
import time
from pathlib import Path

from bench import machine, plots, report, run
from bench.databases import DATABASES
from bench.figures import Figure
from bench.plan import FULL, QUICK
from bench.scenarios import FAMILIES, USUAL

RESULTS = Path(__file__).parent / "results"
# A run that leaves something out must not replace the published figures.
PARTIAL_RESULTS = Path("var/bench")
BEGUN = time.monotonic()


def main() -> None:
    """Measure what the command line asks for; a poor figure is a result, not a failure."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plan = QUICK if options.quick else FULL
    families = set(options.only or USUAL)
    databases = options.database or list(DATABASES)
    facts = machine.facts() | {"generator_ceiling": round(run.ceiling(plan))}
    figures: dict[str, list[Figure]] = {}
    for database in databases:
        figures[database] = run.measure(database, plan, families, _say)
    facts["minutes"] = round((time.monotonic() - BEGUN) / 60, 1)
    whole = plan is FULL and families == set(USUAL) and len(databases) == len(DATABASES)
    folder = RESULTS if whole else PARTIAL_RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    report.write(folder, facts, plan, figures)
    plots.write(folder, figures)
    print((folder / "summary.md").read_text(encoding="utf-8"))
    _say(f"written into {folder}/")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a look of less than a minute, one round"
    )
    parser.add_argument("--only", action="append", choices=FAMILIES, help="may be repeated")
    parser.add_argument("--database", action="append", choices=list(DATABASES))
    return parser.parse_args()


def _say(text: str) -> None:
    """Tell how far the run is, on the terminal alone."""
    print(f"{time.monotonic() - BEGUN:4.0f} s  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted: nothing was written")
