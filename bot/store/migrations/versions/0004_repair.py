"""Databases of in-between versions that say 0003 get what they lack; a result may be larger than 2^31 pixels wide.

Revision: 0004, after 0003. Migration 0003 grew while it was already in use; from here on a landed migration stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CARD_OR_STATUS = "shown_revision < card_revision OR status NOT IN ('succeeded', 'failed', 'cancelled', 'expired')"
IS_OWED = sa.text(
    f"((delivered_at IS NULL AND (undeliverable_at IS NULL OR NOT by_interaction)) OR {_CARD_OR_STATUS})"
)
IS_SIGNED = sa.text("(signed_until IS NOT NULL)")


def upgrade() -> None:
    """Add the missing columns and indexes; widen the sizes of results where the database bounds integers."""
    inspector = sa.inspect(op.get_bind())
    of_jobs = {column["name"] for column in inspector.get_columns("jobs")}
    of_artifacts = {column["name"] for column in inspector.get_columns("artifacts")}
    if "signed_until" not in of_jobs:
        op.add_column("jobs", sa.Column("signed_until", sa.DateTime(timezone=True)))
    if "fitted" not in of_artifacts:
        op.add_column("artifacts", sa.Column("fitted", sa.JSON))
    # The first form of 0001 had this column, which takes no NULL and which no later program fills.
    if "step_failures" in of_jobs:
        op.drop_column("jobs", "step_failures")
    if "ix_jobs_signed" not in {index["name"] for index in inspector.get_indexes("jobs")}:
        op.create_index("ix_jobs_signed", "jobs", ["signed_until"], sqlite_where=IS_SIGNED, postgresql_where=IS_SIGNED)
    # The first forms of 0003 left this index with the condition of 0001, which no query repeats any more.
    op.drop_index("ix_jobs_owed", "jobs")
    op.create_index("ix_jobs_owed", "jobs", ["owner_id"], sqlite_where=IS_OWED, postgresql_where=IS_OWED)
    if op.get_context().dialect.name == "postgresql":
        for name in ("width", "height"):
            op.alter_column("artifacts", name, type_=sa.BigInteger, existing_type=sa.Integer)


def downgrade() -> None:
    """Narrow the sizes again; the rest is what 0003 says."""
    if op.get_context().dialect.name == "postgresql":
        for name in ("width", "height"):
            op.alter_column("artifacts", name, type_=sa.Integer, existing_type=sa.BigInteger)
