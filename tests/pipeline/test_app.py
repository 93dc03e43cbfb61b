"""How an app is set up."""

from pathlib import Path

from config.settings import Settings
from pipeline.app import build
from pipeline.delivery.record import Outcome, Record
from pipeline.delivery.stage import KeyedStage, Source
from schemas.topics import ATTEMPTS


async def handle(record: Record, state: bytes | None) -> Outcome:
    return Outcome()


def test_what_no_broker_answers_is_sent_again_before_its_worker_is_taken_for_stuck(tmp_path: Path) -> None:
    # A broker that lost its power closes no connection; another one leads its partitions by then.
    settings = Settings(_env_file=None, kafka_bootstrap="127.0.0.1:1", fetch_sessions=False)
    stage = KeyedStage("s", (Source(ATTEMPTS),), handle, stateful=False)
    app = build("app-test", [stage], settings, check=lambda *_: None, partitions=1, data_dir=tmp_path)
    assert app.conf.producer_request_timeout <= settings.deadline_seconds < settings.stuck_seconds
