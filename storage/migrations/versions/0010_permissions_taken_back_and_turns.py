"""A permission says how it was taken back, SALIR too; whoever waits for a place has a turn."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

TURN = "state <> 'waiting' OR queue_key IS NOT NULL OR party_id IS NOT NULL"
HOW = """
    UPDATE consent SET withdrawn_how = CASE purpose WHEN 'publish' THEN 'unpublished' ELSE 'joined' END
    WHERE withdrawn_at IS NOT NULL"""
# Who has left and is reached nowhere else. Whoever has another phone is judged by what she wrote there since.
LEFT = """
    UPDATE consent SET withdrawn_how = 'exit', withdrawn_at = (
        SELECT max(address.opted_out_at) FROM contact JOIN address ON address.id = contact.address_id
        WHERE contact.person_id = consent.person_id)
    WHERE answer AND withdrawn_at IS NULL AND purpose IN ('lab', 'news')
    AND EXISTS (
        SELECT 1 FROM contact JOIN address ON address.id = contact.address_id
        WHERE contact.person_id = consent.person_id AND address.opted_out_at IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1 FROM contact JOIN address ON address.id = contact.address_id
        WHERE contact.person_id = consent.person_id AND address.opted_out_at IS NULL AND address.value IS NOT NULL)"""
# Without a turn they stood first, by their numbers: among equal turns they still do.
FIRST = "UPDATE registration SET queue_key = 0 WHERE state = 'waiting' AND queue_key IS NULL AND party_id IS NULL"


def upgrade() -> None:
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn_how", sa.String(80), nullable=True))
    for healing in (HOW, LEFT, FIRST):
        op.execute(healing)
    if op.get_bind().dialect.name == "sqlite":
        return _copied("registration", f"CONSTRAINT ck_registration_turn CHECK ({TURN})")
    return op.create_check_constraint(op.f("ck_registration_turn"), "registration", TURN)


def _copied(name: str, check: str) -> None:
    """SQLite learns a check only by a table made anew; all else of it is copied to the letter."""
    db = op.get_bind()
    there = sa.text("SELECT sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL ORDER BY type DESC")
    made, *indexes = db.execute(there, {"name": name}).scalars().all()
    made, heads = re.subn(rf'CREATE TABLE "?{name}"?', f"CREATE TABLE new_{name}", made, count=1)
    made, ends = re.subn(r"\)\s*$", f",\n\t{check}\n)", made, count=1)
    if (heads, ends) != (1, 1):
        raise RuntimeError(f"the table {name} is not as it was made")
    db.exec_driver_sql(made)
    db.exec_driver_sql(f"INSERT INTO new_{name} SELECT * FROM {name}")  # noqa: S608 - names of our own tables
    db.exec_driver_sql(f"DROP TABLE {name}")
    db.exec_driver_sql(f"ALTER TABLE new_{name} RENAME TO {name}")
    for index in indexes:
        db.exec_driver_sql(index)
