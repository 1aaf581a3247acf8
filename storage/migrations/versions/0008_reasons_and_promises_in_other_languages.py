"""A reason, a promise, what happened to it and its story may stand in the other languages of their lab."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name in ("decision", "commitment", "commitment_update", "story"):
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column("texts", sa.JSON(), server_default="{}", nullable=False))
