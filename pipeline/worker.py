"""Runs one of the pipeline's apps as a worker process."""

import asyncio
import fcntl
import gc
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

import uvloop
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from config import kafka_connection, kafka_sequences
from config.kafka import librdkafka
from config.settings import Settings
from pipeline import changelogs, writer_schemas
from pipeline.app import PipelineApp, build
from pipeline.delivery.intake import Check
from pipeline.delivery.stage import Stage
from pipeline.names import app_id
from schemas.topics import MESSAGES

MOST_WORKERS_A_DIRECTORY = 1000
# Records make hundreds of objects each, nearly all of which go by themselves: look for cycles seldom.
GARBAGE_THRESHOLDS = (20_000, 20, 20)


class WorkerError(Exception):
    """The worker can't start; the message says why and what to do."""


class DirectoryError(WorkerError):
    """There is no place for the worker's tables."""


def claim_directory(root: Path, name: str) -> tuple[Path, TextIO]:
    """The first directory `root/name.N` that no living worker holds, and the lock that holds it.

    Workers of one app on one machine must not share their table store; a restarted one finds its own again.
    Raises `DirectoryError`.
    """
    for number in range(MOST_WORKERS_A_DIRECTORY):
        directory = root / f"{name}.{number}"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            lock = (directory / "lock").open("w")
        except OSError as error:
            raise DirectoryError(f"can't write {directory}: {error.strerror}; set MASTERX_DATA_DIR") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        return directory, lock
    raise DirectoryError(f"{MOST_WORKERS_A_DIRECTORY} workers run in {root} already; set MASTERX_DATA_DIR")


def learner_partitions(settings: Settings) -> int:
    """The learner topics' partition count, as the broker has it. Raises `WorkerError`."""
    admin = AdminClient(librdkafka(settings))
    try:
        # The pocket broker makes a topic when it is asked for by name.
        metadata = admin.list_topics(MESSAGES.name, timeout=10)
    except Exception as error:
        raise WorkerError(
            f"no Kafka answers at {settings.kafka_bootstrap}; "
            "start one with `masterx up` or set MASTERX_KAFKA_BOOTSTRAP"
        ) from error
    topic = metadata.topics[MESSAGES.name]
    if topic.error is not None or not topic.partitions:
        raise WorkerError("the topics are missing; make them with `masterx topics create`")
    return len(topic.partitions)


def run(
    name: str,
    stages: Sequence[Stage],
    settings: Settings,
    *,
    check: Check,
    ready: Callable[[], None] | None = None,
) -> int:
    """Run app `name` until it is told to stop (SIGTERM, SIGINT); the process's exit code. Raises `WorkerError`."""
    logging.basicConfig(
        level=settings.log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    partitions = learner_partitions(settings)
    stateful = [changelogs.name(app_id(name), stage.name) for stage in stages if stage.stateful]
    try:
        changelogs.ensure(settings, stateful, partitions)
    except (KafkaException, TimeoutError) as error:
        raise WorkerError(f"can't make the tables' changelog topics: {error}") from error
    directory, lock = claim_directory(Path(settings.data_dir), name)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    kafka_connection.install()
    kafka_sequences.install()
    registry = writer_schemas.install(settings)
    app = build(name, stages, settings, check=check, partitions=partitions, data_dir=directory, registry=registry)
    _announce(app, directory, ready)
    _settle_memory()
    with lock:
        return execute(app, settings)


def _settle_memory() -> None:
    # What is loaded by now stays until the end: models, clients, schemas. The collector would walk over all of it
    # again and again, tens of milliseconds at a time, and find nothing.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def _announce(app: PipelineApp, directory: Path, ready: Callable[[], None] | None) -> None:
    mark = directory / "ready"
    mark.unlink(missing_ok=True)

    async def on_ready(sender: Any, **_: Any) -> None:
        mark.write_text(json.dumps({"pid": os.getpid()}))
        if ready is not None:
            ready()

    app.on_rebalance_complete.connect(on_ready, weak=False)


def execute(app: PipelineApp, settings: Settings) -> int:
    """Run `app` until it is told to stop; the process's exit code."""
    worker = app.Worker(
        loglevel=settings.log_level, logfile=None, redirect_stdouts=False, quiet=True, override_logging=False
    )
    try:
        worker.execute_from_commandline()
    except SystemExit as stopped:
        return stopped.code if isinstance(stopped.code, int) else 1
    return 0
