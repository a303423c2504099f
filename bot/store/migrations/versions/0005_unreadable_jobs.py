"""Jobs whose rows cannot be read are set apart, so that they stop nobody else.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of what was set apart."""
    op.create_table(
        "unreadable_jobs",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("job_id", name="pk_unreadable_jobs"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("unreadable_jobs")
