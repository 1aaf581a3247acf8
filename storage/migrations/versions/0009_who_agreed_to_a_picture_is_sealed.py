"""The permission of those shown in a story is sealed: it may name somebody. Who is shown is a row, and may be asked."""

import sqlalchemy as sa
from alembic import op

from storage.sealed import RING, BadKey

revision = "0009"
down_revision = "0008"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SQLITE = (  # what stood there, what stands there now
    ("consent VARCHAR(200) DEFAULT '' NOT NULL", "consent BLOB"),
    ("length(trim(consent)) > 0", "consent IS NOT NULL"),
    ("CREATE TABLE story", "CREATE TABLE new_story"),
)


def upgrade() -> None:
    _shown()
    db = op.get_bind()
    given = sa.text("SELECT id, consent FROM story WHERE trim(consent) <> ''")
    sealed = [{"id": row.id, "consent": _sealed(row.consent)} for row in db.execute(given).all()]
    change = sa.text("UPDATE story SET consent = :consent WHERE id = :id")
    if db.dialect.name == "sqlite":
        return _copied(change, sealed)
    op.drop_constraint(op.f("ck_story_consent"), "story", type_="check")
    op.drop_column("story", "consent")
    op.add_column("story", sa.Column("consent", sa.LargeBinary(), nullable=True))
    if sealed:
        db.execute(change, sealed)
    says = "(picture = '' AND video = '') OR consent IS NOT NULL"
    return op.create_check_constraint(op.f("ck_story_consent"), "story", says)


def _shown() -> None:
    op.create_table(
        "shown",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("commitment_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(80), nullable=True),
        sa.Column("consent_id", ID, nullable=True),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('yes', 'unnamed', 'no')", name=op.f("ck_shown_answer")),
        sa.ForeignKeyConstraint(["commitment_id"], ["commitment.id"], name=op.f("fk_shown_commitment_id")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_shown_consent_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shown_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown")),
        sa.UniqueConstraint("commitment_id", "person_id", name=op.f("uq_shown_commitment_id_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_shown_person_id"), "shown", ["person_id"], unique=False)


def _sealed(text: str) -> bytes:
    ring = getattr(op.get_bind().dialect, RING, None)
    if ring is None:
        raise BadKey("There is a permission to be sealed, and no secret key: say `convoca migrate` with it.")
    return bytes(ring.seal(text, "story.consent"))


def _copied(change: sa.TextClause, sealed: list[dict[str, object]]) -> None:
    """SQLite learns it only by a table made anew; of the old one nothing stays readable in the file."""
    db = op.get_bind()
    db.exec_driver_sql("PRAGMA secure_delete = ON")
    made = db.execute(sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'story'")).scalar_one()
    for before, after in SQLITE:
        if made.count(before) != 1:
            raise RuntimeError("the table story is not as it was made")
        made = made.replace(before, after)
    db.exec_driver_sql(made)
    db.exec_driver_sql("INSERT INTO new_story SELECT * FROM story")
    db.exec_driver_sql("UPDATE new_story SET consent = NULL WHERE trim(consent) = ''")
    db.exec_driver_sql("DROP TABLE story")
    db.exec_driver_sql("ALTER TABLE new_story RENAME TO story")
    if sealed:
        db.execute(change, sealed)
