"""Jobs remember whether the place where they were asked for was age-restricted; of older ones nobody knows.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("jobs", sa.Column("is_age_restricted", sa.Boolean()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("jobs", "is_age_restricted")
