"""Jobs can be pruned by age: the ledger outlives them, and the delivered ones are found by their time.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IS_DELIVERED = sa.text("(delivered_at IS NOT NULL)")


def upgrade() -> None:
    """Free the ledger's entries from their jobs, and index deliveries by time."""
    with op.batch_alter_table("ledger") as ledger:
        ledger.drop_constraint("fk_ledger_job_id", type_="foreignkey")
    op.create_index(
        "ix_jobs_delivered",
        "jobs",
        ["delivered_at"],
        sqlite_where=IS_DELIVERED,
        postgresql_where=IS_DELIVERED,
    )


def downgrade() -> None:
    """Tie entries to jobs again; those of pruned jobs stand in the way."""
    op.drop_index("ix_jobs_delivered", "jobs")
    with op.batch_alter_table("ledger") as ledger:
        ledger.create_foreign_key("fk_ledger_job_id", "jobs", ["job_id"], ["id"])
