"""What every test run needs before Django reads its settings: loaded by pyproject.toml with `-p`.

TEST_DATABASE=postgresql runs the tests on PostgreSQL: the server of
TEST_POSTGRESQL_URL, or else one started for this run. TEST_EVERYTHING=1 lets nothing be
left out.
"""

import os
import signal
import sys
from collections.abc import Generator
from contextlib import ExitStack

import pytest
from hypothesis import settings

from tests.postgresql import running_server

ON_POSTGRESQL = os.environ.get("TEST_DATABASE", "sqlite") == "postgresql"
NOTHING_LEFT_OUT = os.environ.get("TEST_EVERYTHING") == "1"
# The kinds of test that one of the two runs of `make test` must have seen.
REQUIRED = {"postgresql"} if ON_POSTGRESQL else {"browser", "wheel"}
# Speed belongs in the benchmark: a loaded machine must not fail a test.
settings.register_profile("trousseau", deadline=None, print_blob=True)
settings.load_profile("trousseau")
LOOPBACK = ("127.", "::1", "localhost")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Set the environment before pytest-django, whose own hook imports the settings."""
    for name in [name for name in os.environ if name.startswith("TROUSSEAU_")]:
        del os.environ[name]
    os.environ["TROUSSEAU_SECRET_KEY"] = "only-for-tests"
    os.environ["TROUSSEAU_DATABASE_URL"] = database_url(early_config)
    # Where the tests' own CAS servers and applications are.
    os.environ["TROUSSEAU_PRIVATE_NETWORKS"] = "127.0.0.0/8, ::1"
    # Playwright's event loop lives in the thread of the tests; Django takes that for a mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    sys.addaudithook(refuse_outside_connections)
    return (yield)


def database_url(config: pytest.Config) -> str:
    if not ON_POSTGRESQL:
        return "sqlite://:memory:"
    # The workers of xdist inherit the first process's environment, and find its server there.
    if "TEST_POSTGRESQL_URL" not in os.environ:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        server = ExitStack()
        config.add_cleanup(server.close)
        os.environ["TEST_POSTGRESQL_URL"] = server.enter_context(running_server())
    return os.environ["TEST_POSTGRESQL_URL"]


def refuse_outside_connections(event: str, arguments: tuple[object, ...]) -> None:
    """Keep tests to the servers they started: a word with anybody else is an error."""
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise PermissionError(f"a test tried to connect to {address}")


def pytest_configure(config: pytest.Config) -> None:
    if NOTHING_LEFT_OUT and not hasattr(config, "workerinput"):
        config.pluginmanager.register(RequiredKinds(REQUIRED))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    absent, reason = ("postgresql", "needs PostgreSQL: set TEST_DATABASE=postgresql")
    if ON_POSTGRESQL:
        absent, reason = ("sqlite", "is about SQLite alone")
    for item in items:
        if item.get_closest_marker(absent):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # Reports travel from the workers to the first process with whatever attributes they carry.
    vars(report)["kinds"] = [mark.name for mark in item.iter_markers()]
    refuse_to_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    refuse_to_skip(report)
    return report


def refuse_to_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if NOTHING_LEFT_OUT and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"left out, which TEST_EVERYTHING=1 forbids: {report.longreprtext}"


class RequiredKinds:
    """Fails a run in which no test of a required kind passed, say because none was collected."""

    def __init__(self, kinds: set[str]) -> None:
        self.missing = set(kinds)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.missing.difference_update(vars(report)["kinds"])

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.missing:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for kind in sorted(self.missing):
            terminalreporter.line(f"TEST_EVERYTHING=1: no {kind} test passed", red=True)
