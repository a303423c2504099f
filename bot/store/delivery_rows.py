"""A job's outputs, and the messages that are owed for it, as rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from bot.domain.job import Artifact, Delivery, Fitted
from bot.errors import StaleJob
from bot.store import job_rows
from bot.store.tables import artifacts, deliveries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping

_ARTIFACTS: Final = select(artifacts).where(artifacts.c.job_id == bindparam("key")).order_by(artifacts.c.index)
_DROP_ARTIFACT: Final = delete(artifacts).where(
    artifacts.c.job_id == bindparam("key"), artifacts.c.index == bindparam("place")
)
_ADD_ARTIFACT: Final = insert(artifacts)
_DELIVERIES: Final = select(deliveries).where(deliveries.c.job_id == bindparam("key")).order_by(deliveries.c.part)
_ADD_DELIVERY: Final = insert(deliveries)
_SAVE_DELIVERY: Final = update(deliveries).where(
    deliveries.c.job_id == bindparam("key"), deliveries.c.part == bindparam("place")
)


def save_artifacts(connection: Connection, outputs: Sequence[Artifact]) -> None:
    """Insert or replace outputs, by job and index.

    Raises:
        StaleJob: There is no such job.
    """
    for job_id in sorted({output.job_id for output in outputs}):
        job_rows.lock(connection, job_id)
    for output in outputs:
        connection.execute(_DROP_ARTIFACT, {"key": output.job_id, "place": output.index})
        connection.execute(_ADD_ARTIFACT, asdict(output))


def artifacts_of(connection: Connection, job_id: str) -> list[Artifact]:
    """Read a job's outputs, in order."""
    return [_artifact(row) for row in connection.execute(_ARTIFACTS, {"key": job_id}).mappings()]


def plan(connection: Connection, wanted: Sequence[Delivery]) -> list[Delivery]:
    """Freeze a job's plan of messages; if one is frozen already, that one is answered.

    Raises:
        StaleJob: There is no such job.
    """
    if not wanted:
        return []
    job_id = wanted[0].job_id
    job_rows.lock(connection, job_id)
    frozen = deliveries_of(connection, job_id)
    if frozen:
        return frozen
    for delivery in wanted:
        connection.execute(_ADD_DELIVERY, {**asdict(delivery), "artifact_indexes": list(delivery.artifact_indexes)})
    return deliveries_of(connection, job_id)


def deliveries_of(connection: Connection, job_id: str) -> list[Delivery]:
    """Read a job's plan, by part."""
    return [_delivery(row) for row in connection.execute(_DELIVERIES, {"key": job_id}).mappings()]


def save_delivery(connection: Connection, delivery: Delivery) -> None:
    """Write what became of one part.

    Raises:
        StaleJob: It was never planned, or its plan was forgotten.
    """
    saved = connection.execute(
        _SAVE_DELIVERY,
        {
            "key": delivery.job_id,
            "place": delivery.part,
            "target_id": delivery.target_id,
            "first_attempt_at": delivery.first_attempt_at,
            "message_id": delivery.message_id,
            "after_id": delivery.after_id,
            "before_id": delivery.before_id,
        },
    )
    if saved.rowcount == 0:
        raise StaleJob


def _artifact(row: RowMapping) -> Artifact:
    fitted = row["fitted"]
    values: dict[str, Any] = {**row, "fitted": None if fitted is None else Fitted(**fitted)}
    return Artifact(**values)


def _delivery(row: RowMapping) -> Delivery:
    values: dict[str, Any] = {**row, "artifact_indexes": tuple(row["artifact_indexes"])}
    return Delivery(**values)
