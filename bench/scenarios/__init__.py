"""What is measured."""

from bench.scenarios import (
    mails,
    memory,
    pages,
    picker,
    purge,
    recovery,
    sign_in,
    starting,
    tickets,
    timing,
    weight,
)
from bench.scenarios.scenario import Scenario, Study

# Every round goes through all of these, in this order: neighbours share a limit.
INTERLEAVED: tuple[Scenario, ...] = (
    sign_in.POSTS,
    sign_in.BROWSERS,
    pages.PAGE,
    tickets.PAIRS,
    recovery.KNOWN,
    recovery.UNKNOWN,
    recovery.KNOWN_WITH_WORKER,
    recovery.UNKNOWN_WITH_WORKER,
    mails.MAILS,
)
STUDIES: tuple[Study, ...] = (
    memory.STUDY,
    starting.STUDY,
    weight.STUDY,
    picker.STUDY,
    timing.STUDY,
    purge.STUDY,
)
FAMILIES = tuple(
    dict.fromkeys([*(one.family for one in INTERLEAVED), *(one.family for one in STUDIES)])
)
# Minutes for one figure: only when asked for by name.
BY_NAME_ONLY = {purge.STUDY.family}
USUAL = tuple(family for family in FAMILIES if family not in BY_NAME_ONLY)
