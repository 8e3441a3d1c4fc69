"""How long and how often everything is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Times in seconds; every loop of the benchmark ends by one of these."""

    rounds: int = 3
    warm_up: float = 0.5
    hashing: float = 2.0
    bare: float = 1.5
    sink: float = 1.0
    pages: float = 3.0
    sign_ins: float = 4.0
    recoveries: float = 3.0
    # Requests of each kind in the comparisons of known with unknown, and their time at most.
    timed: int = 1000
    timed_seconds: float = 90.0
    mails: int = 300
    accounts: int = 6000
    memberships: int = 20_000
    searches: int = 40
    starts: int = 3
    tickets: float = 4.0
    # Of the purge, which is measured when asked for by name alone.
    live_sessions: int = 1_000_000
    spent_tickets: int = 10_000_000


FULL = Plan()
QUICK = Plan(
    rounds=1,
    warm_up=0.2,
    hashing=0.7,
    bare=0.5,
    sink=0.4,
    pages=0.8,
    sign_ins=1.0,
    recoveries=0.8,
    timed=40,
    timed_seconds=4.0,
    mails=40,
    accounts=1500,
    memberships=5000,
    searches=10,
    starts=1,
    tickets=1.0,
    live_sessions=20_000,
    spent_tickets=500_000,
)
