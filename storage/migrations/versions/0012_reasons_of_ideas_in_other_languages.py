"""Why an idea was answered so, the first time and after its author did not agree, in other languages of its lab."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for name in ("contribution_outcome", "appeal"):
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column("texts", sa.JSON(), server_default="{}", nullable=False))
