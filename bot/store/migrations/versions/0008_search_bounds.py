"""Messages that are owed remember between which ids of Discord's an attempt may have posted them.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BOUNDS = (("deliveries", "after_id"), ("deliveries", "before_id"), ("outage_notices", "after_id"))


def upgrade() -> None:
    """Add the columns."""
    for table, column in _BOUNDS:
        op.add_column(table, sa.Column(column, sa.BigInteger))


def downgrade() -> None:
    """Drop them."""
    for table, column in reversed(_BOUNDS):
        op.drop_column(table, column)
