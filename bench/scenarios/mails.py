"""From the queued request to the accepted mail: answering, composing, delivering."""

import time

from bench.figures import Round, Target
from bench.scenarios.scenario import Scenario
from bench.stage import Stage

PATIENCE_SECONDS = 60.0


def mails(stage: Stage) -> Round:
    """Queue requests of people who have an account, then let one worker go at them."""
    stage.population.ask(stage.plan.mails)

    def measure() -> tuple[float, dict[str, object]]:
        stage.sink.forget()
        with stage.installation.worker():
            return deliver(stage)

    done = stage.beside("sink", measure)
    stage.population.settle()
    done.facts["sink_by_smtplib"] = round(stage.limits.sink_by_smtplib())
    return done


def deliver(stage: Stage) -> tuple[float, dict[str, object]]:
    """Wait until the sink has as many mails as were asked for; return its rate."""
    wanted, sink = stage.plan.mails, stage.sink
    deadline = time.monotonic() + PATIENCE_SECONDS
    while sink.mails < wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    rate = (sink.mails - 1) / sink.seconds if sink.seconds else 0.0
    return rate, {"mails": sink.mails, "bytes_each": round(sink.mean_size)}


MAILS = Scenario(
    name="mails",
    family="mails",
    title="mails to a local SMTP sink: recoveries answered and delivered by one worker",
    unit="/s",
    limit_name="the sink on one connection, ready-made mails",
    target=Target("ratio ≥ 0.5", least_ratio=0.5),
    measure=mails,
)
