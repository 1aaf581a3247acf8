"""A permission that was taken back names the message that did it, like the one that gave it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# What came from a phone of hers at the very moment is what did it: message and permission were written together. Of two
# who became one nobody took anything back by a message; what a provider told of came without one.
SAID = """
    UPDATE consent SET withdrawn_inbound_id = (
        SELECT max(inbound.id) FROM inbound JOIN contact ON contact.address_id = inbound.address_id
        WHERE contact.person_id = consent.person_id AND inbound.received_at = consent.withdrawn_at)
    WHERE withdrawn_at IS NOT NULL AND withdrawn_how <> 'joined'"""


def upgrade() -> None:
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn_inbound_id", ID, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_consent_withdrawn_inbound_id"), "inbound", ["withdrawn_inbound_id"], ["id"]
        )
    op.execute(SAID)
