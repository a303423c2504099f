"""Jobs, their outputs, deliveries and money, the pause and the owners.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Copied, not imported: a step that was released must not change when the program does.
TERMINAL = "('succeeded', 'failed', 'cancelled', 'expired')"
HAS_NOT_ENDED = sa.text(f"(status NOT IN {TERMINAL})")
IS_OWED = sa.text(f"(delivered_at IS NULL OR shown_revision < card_revision OR status NOT IN {TERMINAL})")
HAS_TOKEN = sa.text("(interaction_token IS NOT NULL)")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("interaction_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("parent_channel_id", sa.BigInteger),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("card_message_id", sa.BigInteger),
        sa.Column("thread_id", sa.BigInteger),
        sa.Column("interaction_token", sa.Text),
        sa.Column("token_expires_at", sa.DateTime(timezone=True)),
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("inputs", sa.JSON, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure", sa.String(32)),
        sa.Column("failure_detail", sa.Text),
        sa.Column("attempt_id", sa.String(64)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("request_id", sa.String(128)),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("overdue_at", sa.DateTime(timezone=True)),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True)),
        sa.Column("cancel_requested_by", sa.BigInteger),
        sa.Column("cancel_outcome", sa.String(32)),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.Column("fetched_at", sa.DateTime(timezone=True)),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("undeliverable_at", sa.DateTime(timezone=True)),
        sa.Column("next_step_at", sa.DateTime(timezone=True)),
        sa.Column("card_revision", sa.Integer, nullable=False),
        sa.Column("shown_revision", sa.Integer, nullable=False),
        sa.Column("owner_id", sa.String(64)),
        sa.Column("parent_id", sa.String(32)),
        sa.Column("retry_of", sa.String(32)),
        sa.Column("cost_micros", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("interaction_id", name="uq_jobs_interaction_id"),
        sa.UniqueConstraint("retry_of", name="uq_jobs_retry_of"),
    )
    op.create_index("ix_jobs_user_id_created_at", "jobs", ["user_id", "created_at"])
    op.create_index("ix_jobs_card_message_id", "jobs", ["card_message_id"])
    for name, column, where in (
        ("ix_jobs_owed", "owner_id", IS_OWED),
        ("ix_jobs_not_ended", "guild_id", HAS_NOT_ENDED),
        ("ix_jobs_with_token", "token_expires_at", HAS_TOKEN),
    ):
        op.create_index(name, "jobs", [column], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "artifacts",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("path", sa.Text),
        sa.Column("content_type", sa.String(255)),
        sa.Column("size", sa.BigInteger),
        sa.Column("sha256", sa.String(64)),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.PrimaryKeyConstraint("job_id", "index", name="pk_artifacts"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_artifacts_job_id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("target_id", sa.BigInteger, nullable=False),
        sa.Column("nonce", sa.String(25), nullable=False),
        sa.Column("artifact_indexes", sa.JSON, nullable=False),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("message_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("job_id", "part", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_deliveries_job_id"),
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("amount_micros", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_ledger_job_id"),
    )
    op.create_index("ix_ledger_job_id", "ledger", ["job_id"])
    op.create_table(
        "pauses",
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_pauses"),
    )
    op.create_table(
        "owners",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_owners"),
    )


def downgrade() -> None:
    """Drop the tables, and all that is in them."""
    for table in ("owners", "pauses", "ledger", "deliveries", "artifacts", "jobs"):
        op.drop_table(table)
