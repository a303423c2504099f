"""Inputs are prepared and kept; jobs can be answered by their interaction alone; servers, notices, moderation log.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Copied, not imported: a step that was released must not change when the program does.
_CARD_OR_STATUS = "shown_revision < card_revision OR status NOT IN ('succeeded', 'failed', 'cancelled', 'expired')"
WAS_OWED = sa.text(f"(delivered_at IS NULL OR {_CARD_OR_STATUS})")
IS_OWED = sa.text(
    f"((delivered_at IS NULL AND (undeliverable_at IS NULL OR NOT by_interaction)) OR {_CARD_OR_STATUS})"
)

IS_SIGNED = sa.text("(signed_until IS NOT NULL)")


def upgrade() -> None:
    """Add the columns and tables."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("upload_limit", sa.BigInteger))
        jobs.add_column(sa.Column("by_interaction", sa.Boolean, nullable=False, server_default=sa.false()))
        jobs.add_column(sa.Column("is_private", sa.Boolean, nullable=False, server_default=sa.false()))
        jobs.add_column(sa.Column("prepared_at", sa.DateTime(timezone=True)))
        jobs.add_column(sa.Column("gallery_attempted_at", sa.DateTime(timezone=True)))
        jobs.add_column(sa.Column("kept_at", sa.DateTime(timezone=True)))
        jobs.add_column(sa.Column("signed_until", sa.DateTime(timezone=True)))
    op.add_column("artifacts", sa.Column("fitted", sa.JSON))
    op.create_table(
        "servers",
        sa.Column("guild_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("keeps_inputs", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name="pk_servers"),
    )
    op.create_table(
        "outage_notices",
        sa.Column("channel_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("nonce", sa.String(25), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("over_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("channel_id", name="pk_outage_notices"),
    )
    op.create_table(
        "moderation_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False, autoincrement=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("actor_id", sa.BigInteger, nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("job_id", sa.String(32)),
        sa.Column("user_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_moderation_log"),
    )
    op.create_index("ix_moderation_log_at", "moderation_log", ["at"])
    op.drop_index("ix_jobs_owed", "jobs")
    op.create_index("ix_jobs_owed", "jobs", ["owner_id"], sqlite_where=IS_OWED, postgresql_where=IS_OWED)
    op.create_index("ix_jobs_signed", "jobs", ["signed_until"], sqlite_where=IS_SIGNED, postgresql_where=IS_SIGNED)


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_jobs_signed", "jobs")
    op.drop_index("ix_jobs_owed", "jobs")
    op.create_index("ix_jobs_owed", "jobs", ["owner_id"], sqlite_where=WAS_OWED, postgresql_where=WAS_OWED)
    op.drop_table("moderation_log")
    op.drop_table("outage_notices")
    op.drop_table("servers")
    with op.batch_alter_table("artifacts") as artifacts:
        artifacts.drop_column("fitted")
    with op.batch_alter_table("jobs") as jobs:
        for name in ("signed_until", "kept_at", "gallery_attempted_at", "prepared_at", "is_private"):
            jobs.drop_column(name)
        for name in ("by_interaction", "upload_limit"):
            jobs.drop_column(name)
