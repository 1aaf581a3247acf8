"""Approval: each person names up to k options, and each of them counts once (voting.md 3).

params   k: how many a person may name; and one of
         seats: that many options are chosen, or
         min_votes: every option with that many is chosen
payload  numbers ascending: '1,2,5'; the order as given has no weight
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from conversations.ballots import BadBallot, Listed, Reason, Result, Tie, Weighted, digest, grouped, tie_key

name = "approval"
version = 1


def payload(picks: Iterable[int]) -> str:
    """The canonical text of a choice."""
    return ",".join(str(n) for n in sorted(set(picks)))


def picks(text: str) -> tuple[int, ...]:
    """The numbers of a payload."""
    return tuple(int(n) for n in text.split(","))


def tally(
    params: Mapping[str, Any], options: Sequence[Listed], ballots: Iterable[Weighted], tie_seed: str | None
) -> Result:
    """Score = how many people named it; most first; a score of 0 is never chosen.

    options   every option of the contest, withdrawn ones too
    ballots   (payload, weight) of choices; blank ones stay outside
    tie_seed  see `seeded`; None while the public draw has not spoken: a tie then stays a tie
    Raises    BadBallot: a ballot names an option that is not there, or more than k
    """
    sums = grouped(ballots)
    scores, emptied = _scores(sums, options, params["k"])
    order, ties = _ranked(scores, tie_seed)
    chosen, waiting = _cut(order, scores, params)
    ties = [_crossing(tie, chosen, waiting) for tie in ties]
    return Result(
        method=name,
        version=version,
        params=dict(params),
        counts={o.number: scores[o.number] for o in options if o.number in scores},
        order=tuple(order),
        chosen=chosen,
        waiting=waiting,
        ties=tuple(ties),
        reasons={o.number: _reason(o, scores, params, chosen, waiting, ties) for o in options},
        ballots=sum(sums.values()) - emptied,
        emptied=emptied,
        seed=tie_seed,
        input_digest=digest(sums.items()),
    )


def _scores(sums: Mapping[str, int], options: Sequence[Listed], most: int) -> tuple[dict[int, int], int]:
    """Score of each option that stands, and how many ballots lost all of theirs."""
    known = {o.number for o in options}
    scores = {o.number: 0 for o in options if not o.withdrawn}
    emptied = 0
    for text, weight in sums.items():
        named = set(picks(text))
        if not named <= known or len(named) > most:
            raise BadBallot(f"{text!r} is not a ballot of this contest")
        standing = named & scores.keys()
        emptied += 0 if standing else weight
        for number in sorted(standing):
            scores[number] += weight
    return scores, emptied


def _ranked(scores: Mapping[int, int], tie_seed: str | None) -> tuple[list[tuple[int, ...]], list[Tie]]:
    """From most to least; equals in the order of the seed, or on one place while there is none."""
    order: list[tuple[int, ...]] = []
    ties: list[Tie] = []
    for score, equals in groupby(sorted(scores, key=lambda n: (-scores[n], n)), key=scores.__getitem__):
        numbers = tuple(equals)
        if tie_seed is not None:
            numbers = tuple(sorted(numbers, key=lambda n: tie_key(tie_seed, n)))
        order += [numbers] if tie_seed is None else [(n,) for n in numbers]
        if len(numbers) > 1 and score > 0:
            ties.append(Tie(numbers=numbers, score=score, cut=False, broken=tie_seed is not None))
    return order, ties


def _cut(
    order: Sequence[tuple[int, ...]], scores: Mapping[int, int], params: Mapping[str, Any]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Who is chosen, and who shares the last seat that nothing has given away yet."""
    if "min_votes" in params:
        least = max(params["min_votes"], 1)
        return tuple(n for place in order for n in place if scores[n] >= least), ()
    chosen: tuple[int, ...] = ()
    for place in order:
        left = params["seats"] - len(chosen)
        if left <= 0 or scores[place[0]] == 0:
            break
        if len(place) > left:
            return chosen, place
        chosen += place
    return chosen, ()


def _crossing(tie: Tie, chosen: Sequence[int], waiting: Sequence[int]) -> Tie:
    inside = sum(n in chosen for n in tie.numbers)
    cut = 0 < inside < len(tie.numbers) or any(n in waiting for n in tie.numbers)
    return Tie(numbers=tie.numbers, score=tie.score, cut=cut, broken=tie.broken)


def _reason(
    option: Listed,
    scores: Mapping[int, int],
    params: Mapping[str, Any],
    chosen: Sequence[int],
    waiting: Sequence[int],
    ties: Sequence[Tie],
) -> Reason:
    number = option.number
    if option.withdrawn:
        return Reason(key="withdrawn")
    score = scores[number]
    if score == 0:
        return Reason(key="none", values={"score": 0})
    drawn = any(tie.cut and number in tie.numbers for tie in ties)
    if number in waiting:
        return Reason(key="tied", values={"score": score})
    if number in chosen:
        return Reason(key="chosen_by_seed" if drawn else "chosen", values={"score": score})
    if "min_votes" in params:
        return Reason(key="below", values={"score": score, "least": params["min_votes"]})
    last = min((scores[n] for n in (*chosen, *waiting)), default=0)
    return Reason(key="not_by_seed" if drawn else "fewer", values={"score": score, "last": last})
