"""The tables as this program knows them; ``migrations`` make them, and a test keeps the two in step.

Ids of Discord are snowflakes of 64 bits, ours and the provider's are text. Columns bear the names of the domain's
fields; only ``Origin.parent_id`` is called ``parent_channel_id`` here, beside the job's own ``parent_id``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    literal_column,
)

from bot.domain.ledger import EntryKind
from bot.domain.policy import PauseReason
from bot.domain.status import TRANSITIONS, CancelOutcome, FailureReason, JobStatus
from bot.store.column_types import StorableText, UtcDateTime

if TYPE_CHECKING:
    from enum import StrEnum

    from sqlalchemy import ColumnElement

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_LARGE_INTEGER: Final = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both databases: SQLite's INTEGER has them, and only that word makes a key count up there."""

TERMINAL: Final = tuple(status for status in JobStatus if not TRANSITIONS[status])

# SQLite and PostgreSQL use a partial index only where a query repeats its predicate, so both come from here; and a
# bound parameter is never a repetition, so the words stand in it literally.
_TERMINAL_WORDS: Final = ", ".join(f"'{status.value}'" for status in TERMINAL)
HAS_NOT_ENDED: Final[ColumnElement[bool]] = literal_column(f"(status NOT IN ({_TERMINAL_WORDS}))")
IS_OWED: Final[ColumnElement[bool]] = literal_column(
    "((delivered_at IS NULL AND (undeliverable_at IS NULL OR NOT by_interaction)) OR shown_revision < card_revision"
    f" OR status NOT IN ({_TERMINAL_WORDS}))"
)
HAS_TOKEN: Final[ColumnElement[bool]] = literal_column("(interaction_token IS NOT NULL)")
IS_SIGNED: Final[ColumnElement[bool]] = literal_column("(signed_until IS NOT NULL)")
IS_DELIVERED: Final[ColumnElement[bool]] = literal_column("(delivered_at IS NOT NULL)")


def _word(words: type[StrEnum]) -> Enum:
    return Enum(words, native_enum=False, length=32, values_callable=_values)


def _values(words: type[StrEnum]) -> list[str]:
    return [word.value for word in words]


def _job_key() -> Column[Any]:
    return Column("job_id", String(32), ForeignKey("jobs.id"), primary_key=True)


jobs: Final = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("interaction_id", BigInteger, nullable=False),
    # the origin
    Column("user_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("parent_channel_id", BigInteger),
    Column("locale", String(16), nullable=False),
    Column("card_message_id", BigInteger),
    Column("thread_id", BigInteger),
    Column("interaction_token", StorableText),
    Column("token_expires_at", UtcDateTime),
    Column("upload_limit", BigInteger),
    Column("by_interaction", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("is_private", Boolean(create_constraint=False), nullable=False, server_default=false()),
    # unknown of jobs that were made before this column
    Column("is_age_restricted", Boolean(create_constraint=False)),
    # the request
    Column("model", String(255), nullable=False),
    Column("prompt", StorableText, nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    # when the first signature in ``inputs`` dies
    Column("signed_until", UtcDateTime),
    # where it stands
    Column("status", _word(JobStatus), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("failure", _word(FailureReason)),
    Column("failure_detail", StorableText),
    Column("attempt_id", String(64)),
    Column("attempts", Integer, nullable=False),
    Column("request_id", String(128)),
    Column("submitted_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("overdue_at", UtcDateTime),
    Column("cancel_requested_at", UtcDateTime),
    Column("cancel_requested_by", BigInteger),
    Column("cancel_outcome", _word(CancelOutcome)),
    # what is owed
    Column("prepared_at", UtcDateTime),
    Column("gallery_attempted_at", UtcDateTime),
    Column("kept_at", UtcDateTime),
    Column("opened_at", UtcDateTime),
    Column("fetched_at", UtcDateTime),
    Column("partly_fetched_at", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("undeliverable_at", UtcDateTime),
    Column("search_from", UtcDateTime),
    Column("next_step_at", UtcDateTime),
    Column("card_revision", Integer, nullable=False),
    Column("shown_revision", Integer, nullable=False),
    Column("owner_id", String(64)),
    # its relatives and its price; no foreign keys, for a relative may be deleted
    Column("parent_id", String(32)),
    Column("retry_of", String(32)),
    Column("cost_micros", BigInteger),
    UniqueConstraint("interaction_id"),
    UniqueConstraint("retry_of"),
    Index(None, "user_id", "created_at"),
    Index(None, "card_message_id"),
    Index("ix_jobs_owed", "owner_id", sqlite_where=IS_OWED, postgresql_where=IS_OWED),
    Index("ix_jobs_not_ended", "guild_id", sqlite_where=HAS_NOT_ENDED, postgresql_where=HAS_NOT_ENDED),
    Index("ix_jobs_with_token", "token_expires_at", sqlite_where=HAS_TOKEN, postgresql_where=HAS_TOKEN),
    Index("ix_jobs_signed", "signed_until", sqlite_where=IS_SIGNED, postgresql_where=IS_SIGNED),
    Index("ix_jobs_delivered", "delivered_at", sqlite_where=IS_DELIVERED, postgresql_where=IS_DELIVERED),
)

artifacts: Final = Table(
    "artifacts",
    metadata,
    _job_key(),
    Column("index", Integer, primary_key=True),
    Column("url", StorableText, nullable=False),
    Column("path", StorableText),
    Column("content_type", String(255)),
    Column("size", BigInteger),
    Column("sha256", String(64)),
    # a stranger's file says how large it is
    Column("width", _LARGE_INTEGER),
    Column("height", _LARGE_INTEGER),
    Column("fitted", JSON(none_as_null=True)),
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    _job_key(),
    Column("part", Integer, primary_key=True),
    Column("target_id", BigInteger, nullable=False),
    Column("nonce", String(25), nullable=False),
    Column("artifact_indexes", JSON, nullable=False),
    Column("first_attempt_at", UtcDateTime),
    Column("message_id", BigInteger),
    Column("after_id", BigInteger),
    Column("before_id", BigInteger),
)

ledger: Final = Table(
    "ledger",
    metadata,
    Column("id", _LARGE_INTEGER, primary_key=True, autoincrement=True),
    # No foreign key: jobs are pruned by age, money is never forgotten.
    Column("job_id", String(32), nullable=False, index=True),
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("kind", _word(EntryKind), nullable=False),
    Column("amount_micros", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

pauses: Final = Table(
    "pauses",
    metadata,
    Column("scope", String(32), primary_key=True),
    Column("reason", _word(PauseReason), nullable=False),
    Column("detail", StorableText, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("retry_at", UtcDateTime, nullable=False),
)

servers: Final = Table(
    "servers",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("keeps_inputs", Boolean(create_constraint=False), nullable=False),
)

unreadable_jobs: Final = Table(
    "unreadable_jobs",
    metadata,
    # No foreign key: what is wrong with the row of the job must not matter here.
    Column("job_id", String(32), primary_key=True),
    Column("reason", StorableText, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
)

outage_notices: Final = Table(
    "outage_notices",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger),
    Column("locale", String(16), nullable=False),
    Column("nonce", String(25), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("first_attempt_at", UtcDateTime),
    Column("message_id", BigInteger),
    Column("over_at", UtcDateTime),
    Column("after_id", BigInteger),
)

moderation_log: Final = Table(
    "moderation_log",
    metadata,
    Column("id", _LARGE_INTEGER, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("guild_id", BigInteger),
    Column("actor_id", BigInteger, nullable=False),
    Column("action", String(32), nullable=False),
    # No foreign key: jobs are pruned by their own age.
    Column("job_id", String(32)),
    Column("user_id", BigInteger),
)

owners: Final = Table(
    "owners",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("heartbeat_at", UtcDateTime, nullable=False),
)
