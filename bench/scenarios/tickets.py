"""Opening an application by CAS: a ticket issued, and validated by the application's server."""

from collections.abc import Iterator
from itertools import count
from urllib.parse import parse_qs, urlencode, urlsplit

from bench import load, people, wire
from bench.apart import apart
from bench.figures import Round
from bench.limits import CONNECTIONS
from bench.scenarios.pages import BARE_PAGE
from bench.scenarios.scenario import Scenario
from bench.stage import SIGN_IN, Stage

CAS = f"/{people.SLUG}/cas"
SEE_OTHER = 303
SUCCESS = b"authenticationSuccess"


def pairs(stage: Stage) -> Round:
    """Have people who are signed in open an application again and again.

    Each of them asks for a ticket, and has it validated on the same connection: one count is
    both, its time is both together. A validation that fails ends the measurement.
    """
    stage.population.register_application()
    cookies = [_signed_in(stage.port, number) for number in range(CONNECTIONS)]

    def measure() -> tuple[float, dict[str, object]]:
        paths = [_openings(stage.port, cookie) for cookie in cookies]
        tally = apart(load.drive, stage.port, paths, stage.plan.warm_up, stage.plan.tickets)
        return tally.rate, tally.facts()

    return stage.beside("bare page", measure)


def _signed_in(port: int, number: int) -> str:
    """Sign somebody in and return the session's cookie."""
    form = wire.post(port, SIGN_IN, username=people.username(number), password=people.PASSWORD)
    with wire.connect(port) as connection:
        received = wire.raw_exchange(connection, form)
    cookie = wire.header(received, "set-cookie").partition(";")[0]
    if wire.status(received) != SEE_OTHER or not cookie:
        raise wire.BrokenAnswerError(received[:200].decode("latin-1"))
    return cookie


def _openings(port: int, cookie: str) -> Iterator[load.Step]:
    answers: list[bytes] = []
    for number in count():
        service = f"{people.APPLICATION}login/index.php?visit={number}"
        asking = wire.get(port, f"{CAS}/login?{urlencode({'service': service})}", cookie)
        yield load.Step(asking, SEE_OTHER, counts=False, heard=answers.append)
        ticket = parse_qs(urlsplit(wire.header(answers.pop(), "location")).query)["ticket"][0]
        query = urlencode({"service": service, "ticket": ticket})
        validation = wire.machine_get(port, f"{CAS}/p3/serviceValidate?{query}")
        yield load.Step(validation, 200, joined=True, heard=_make_sure)


def _make_sure(answer: bytes) -> None:
    if SUCCESS not in answer:
        raise wire.BrokenAnswerError(answer[-300:].decode("utf-8", "replace"))


PAIRS = Scenario(
    name="CAS",
    family="cas",
    title="CAS: ticket issued and validated, pairs, 16 connections",
    unit="/s",
    limit_name=BARE_PAGE,
    target=None,
    measure=pairs,
)
