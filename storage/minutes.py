"""What can be agreed on at a session: problems that were decided and told, and who may answer for them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from storage.store import Unit
from storage.tables import contest, decision, lab, organisation, problem, territory


def agreeable(unit: Unit, lab_ids: Collection[int]) -> list[tuple[str, str, int, str]]:
    """('lab/problem', title, lab id, its time zone) of what an office can promise something about, the newest first."""
    newest = select(func.max(decision.c.id)).group_by(decision.c.problem_id)
    query = (
        select(lab.c.slug, problem.c.slug, problem.c.title, lab.c.id, territory.c.tz)
        .join_from(decision, contest, decision.c.contest_id == contest.c.id)
        .join(problem, decision.c.problem_id == problem.c.id)
        .join(lab, problem.c.lab_id == lab.c.id)
        .join(territory, lab.c.territory_id == territory.c.id)
        .where(decision.c.id.in_(newest), contest.c.state == "published", decision.c.outcome != "not_adopted")
        .where(lab.c.id.in_(lab_ids))
        .order_by(decision.c.id.desc())
    )
    return [(f"{row[0]}/{row[1]}", row[2], row[3], row[4]) for row in unit.db.execute(query)]


def offices(unit: Unit) -> list[tuple[str, str]]:
    """(slug, short name) of every organisation, public ones first."""
    order = (organisation.c.kind != "public", organisation.c.short_name)
    query = select(organisation.c.slug, organisation.c.short_name).order_by(*order)
    return [(row[0], row[1]) for row in unit.db.execute(query)]
