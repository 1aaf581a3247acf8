"""Count a published choice again from its file alone: `python recount.py file.zip`, with the standard library only.

It imports nothing of ours and counts by code of its own, so that two programs have to agree. The file holds
(voting.md 6 and 7):

contest.json     the question, its options, the rule with every parameter, quorum, tie, root
totals.tsv       class TAB what TAB number; '-' where a number may not be shown
commitments.txt  one a line, 64 hex digits, sorted: the leaves of the tree under the root
ballots.tsv      class TAB payload TAB weight TAB sums; a payload that fewer than 3 people gave is only in the sums of
                 its class's line '*', and so is a ballot without an option where those may not be counted
result.json      class -> what the count came to

Proved: the numbers follow from the ballots, the receipts are those under the root. Compare root and SHA-256 with what
was published at the close. Not proved: that no voter was invented; for that everybody enrolled gets a message.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = "convoca contest 1"
NAMES = ("ballots.tsv", "commitments.txt", "contest.json", "result.json", "totals.tsv")
RARE, FEW = 3, 5  # a payload that fewer than 3 people gave is a signature: only summed
TIME, MOST_BYTES = (1980, 1, 1, 0, 0, 0), 200_000_000
LETTERS = "2346789CDFHJKMPQRTWXY"  # those of every code: none looks or sounds like another
REST, HIDDEN = "*", "-"
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


class BadFile(Exception):
    """The file can not be read as what `convoca export` writes; the text says why."""


@dataclass(slots=True)
class Roll:
    """One roll class as the file gives it."""

    totals: dict[str, int | None] = field(default_factory=dict)
    patterns: dict[str, int] = field(default_factory=dict)
    rest: int = 0  # ballots that are only summed
    sums: dict[int, int] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def ballots(self) -> int:
        """Ballots counted: the choices, and in the rest those without an option that may not be counted."""
        return sum(self.patterns.values()) + self.rest

    def scores(self, numbers: Sequence[int]) -> dict[int, int]:
        """How many people named each option."""
        found = {n: self.sums.get(n, 0) for n in numbers}
        for payload, weight in self.patterns.items():
            for n in picks(payload):
                found[n] = found.get(n, 0) + weight
        return found


@dataclass(slots=True)
class Export:
    """The whole file, read."""

    contest: dict[str, Any]
    commitments: list[bytes]
    classes: dict[str, Roll]
    totals: dict[str, int | None]  # of all classes together

    @property
    def counted(self) -> list[int]:
        """Numbers of the options that were not withdrawn."""
        return [o["number"] for o in self.contest["options"] if not o["withdrawn"]]


# --- the file -----------------------------------------------------------------------------------------------------


def pack(files: Mapping[str, bytes]) -> bytes:
    """The zip of these files: sorted, nothing compressed, one fixed time. The same files are the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as zipped:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, TIME)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            zipped.writestr(entry, files[name])
    return made.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a zip that `pack` made. Raises BadFile: it is another one, or a byte of it was changed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            entries = zipped.infolist()
            if sorted(e.filename for e in entries) != sorted(NAMES):
                raise BadFile(f"it does not hold these files, and only these: {', '.join(NAMES)}")
            if sum(e.file_size for e in entries) > MOST_BYTES:
                raise BadFile("it is too large to be one of ours")
            files = {e.filename: zipped.read(e) for e in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as wrong:
        raise BadFile(f"it is no zip that can be read ({wrong})") from wrong
    if pack(files) != data:
        raise BadFile("it is not, byte for byte, what `convoca export` writes")
    return files


def read(data: bytes) -> Export:
    """The export in these bytes. Raises BadFile."""
    files = unpack(data)
    try:
        return _read(files)
    except MALFORMED as wrong:
        raise BadFile(f"a file in it can not be read ({type(wrong).__name__}: {wrong})") from wrong


def _read(files: Mapping[str, bytes]) -> Export:
    contest, result = (json.loads(files[name].decode()) for name in ("contest.json", "result.json"))
    if contest["format"] != FORMAT:
        raise BadFile(f"it says it is {contest['format']!r} and not {FORMAT!r}")
    export = Export(contest, [bytes.fromhex(line) for line in _lines(files["commitments.txt"])], {}, {})
    for roll, what, number in _rows(files["totals.tsv"], "class\twhat\tnumber"):
        totals = export.totals if roll == "all" else export.classes.setdefault(roll, Roll()).totals
        if what in totals:
            raise BadFile(f"totals.tsv has two numbers for {roll} {what}")
        totals[what] = None if number == HIDDEN else _whole(number)
    for roll, payload, weight, sums in _rows(files["ballots.tsv"], "class\tpayload\tweight\tsums"):
        _take(export.classes[roll], payload, _whole(weight), sums)
    for roll, output in result.items():
        export.classes[roll].result = output
    return export


def _take(group: Roll, payload: str, weight: int, sums: str) -> None:
    if payload in group.patterns or (payload == REST and group.rest):
        raise BadFile(f"ballots.tsv has {payload} twice")
    if payload == REST:
        group.rest = weight
        group.sums = {_whole(n): _whole(times) for n, _eq, times in (part.partition("=") for part in sums.split(","))}
    else:
        group.patterns[payload] = weight


def _lines(data: bytes) -> list[str]:
    text = data.decode()
    if text and not text.endswith("\n"):
        raise BadFile("a file does not end with its line")
    return text.split("\n")[:-1]


def _rows(data: bytes, head: str) -> Iterator[list[str]]:
    lines = _lines(data)
    if not lines or lines[0] != head:
        raise BadFile(f"a table does not begin with {head!r}")
    for line in lines[1:]:
        cells = line.split("\t")
        if len(cells) != head.count("\t") + 1:
            raise BadFile(f"{line!r} has not the columns of {head!r}")
        yield cells


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and text != "0"):
        raise BadFile(f"{text!r} is no whole number")
    return int(text)


# --- the receipts, the totals and the result --------------------------------------------------------------------------


def merkle(entries: Sequence[bytes]) -> bytes:
    """The root over the entries in this order (RFC 9162): leaf SHA256(00 || e), node SHA256(01 || l || r)."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1 << (len(entries) - 1).bit_length() - 1  # the largest power of two below their number
    return hashlib.sha256(b"\x01" + merkle(entries[:split]) + merkle(entries[split:])).digest()


def short(mark: bytes) -> str:
    """A root as messages name it: modulo 21^12, in our letters. A receipt is its commitment, written likewise."""
    number = int.from_bytes(mark, "big")
    letters = "".join(LETTERS[number // 21**place % 21] for place in reversed(range(12)))
    return "-".join(letters[i : i + 4] for i in (0, 4, 8))


def receipts(export: Export) -> Iterator[str]:
    """What is wrong with commitments and root."""
    entries, contest = export.commitments, export.contest
    if entries != sorted(set(entries)) or any(len(e) != 32 for e in entries):
        yield "commitments.txt is not sorted, or one stands in it twice"
    if len(entries) != contest["ballots"] or len(entries) != export.totals.get("took_part"):
        yield f"{len(entries)} commitments, but {export.totals.get('took_part')} people took part"
    if merkle(entries).hex() != contest["root"]:
        yield "the commitments do not give the root"
    rows = [[o["number"], o["title"], o["short_title"], o["cost"]] for o in contest["options"]]
    frozen = {"contest": contest["slug"], "options": rows}
    spelled = json.dumps(frozen, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if hashlib.sha256(spelled).hexdigest() != contest["options_hash"]:
        yield "the options are not those whose fingerprint was written down at the opening"


def picks(payload: str) -> list[int]:
    """The numbers of a payload: '1,2,5'."""
    return [_whole(n) for n in payload.split(",")]


def totals(export: Export) -> Iterator[str]:
    """What does not add up in totals.tsv and ballots.tsv."""
    parts = [group.totals.get("took_part") for group in export.classes.values()]
    if None not in parts and sum(filter(None, parts)) != export.totals.get("took_part"):
        yield "the classes do not add up to those who took part"
    for name, group in sorted(export.classes.items()):
        for fault in _ballots(export, group) if _shown(group) else _silent(group):
            yield f"class {name}: {fault}"


def _shown(group: Roll) -> bool:
    return "counts" in group.result


def _silent(group: Roll) -> Iterator[str]:
    """A class whose numbers stay hidden gives away none."""
    known = {name for name, n in group.totals.items() if n is not None} - {"enrolled", "took_part"}
    if known or group.patterns or group.rest:
        yield "numbers stand here that may not be shown"


def _ballots(export: Export, group: Roll) -> Iterator[str]:
    contest, seen = export.contest, group.totals
    most, numbers = contest["params"]["k"], export.counted
    for payload, weight in group.patterns.items():
        named = picks(payload)
        if named != sorted(set(named)) or not set(named) <= set(numbers) or len(named) > most:
            yield f"{payload} is no ballot of this contest"
        if weight < RARE:
            yield f"{payload} was given by {weight}, and may only be summed"
    if set(group.sums) - set(numbers) or not all(0 <= n <= group.rest for n in group.sums.values()):
        yield "the sums can not be those of ballots of this contest"
    if not (0 if seen.get("choice") is None else group.rest) <= sum(group.sums.values()) <= group.rest * most:
        yield "the sums can not be those of so many ballots"
    all_ = next(n for n in (*map(seen.get, ("choice", "took_part")), export.totals["took_part"]) if n is not None)
    if group.ballots != all_:
        yield f"{group.ballots} ballots, but {all_} in the totals"
    kinds, whole = [seen.get(kind) for kind in ("choice", "blank", "abstain")], seen.get("took_part")
    known = sum(filter(None, kinds))
    if known > (whole or export.totals["took_part"] or 0) or (None not in (*kinds, whole) and known != whole):
        yield "choices, blank ones and abstentions are not all who took part"
    scores = group.scores(numbers)
    if {n: seen.get(f"option {n}") for n in numbers} != scores:
        yield "the totals by option are not those of the ballots"
    if group.ballots < FEW or any(n >= group.ballots for n in scores.values()):
        yield "numbers by option stand here that may not be shown"


def results(export: Export) -> Iterator[str]:
    """What the count comes to otherwise."""
    if export.contest["decides"] not in export.classes:
        yield "the class that decides is not there"
    yield from _seed(export.contest)
    for name, group in sorted(export.classes.items()):
        if _shown(group) and group.result:
            mine = approval(export, name)
            differ = sorted(key for key in mine.keys() | group.result.keys() if mine.get(key) != group.result.get(key))
            if differ:
                yield f"class {name}: counted again, these come out otherwise: {', '.join(differ)}"
        elif any(n is not None for what, n in group.totals.items() if what.startswith("option ")):
            yield f"class {name}: the result is not there"


def _seed(contest: Mapping[str, Any]) -> Iterator[str]:
    """The seed ends with the head of the log, which was fixed before the public draw."""
    tie = contest["tie"]
    if tie["seed"] is not None and not tie["seed"].endswith(f":{contest['log_head']}"):
        yield "the seed of the ties does not hang on the log's head at the close"


def approval(export: Export, name: str) -> dict[str, Any]:
    """What approval comes to: most first, equals by the seed, the first seats chosen if anybody named them."""
    contest, group = export.contest, export.classes[name]
    scores = group.scores(export.counted)
    seed = contest["tie"]["seed"]
    bound = None if seed is None else f"{seed}|{contest['slug']}"
    order = _order(scores, bound)
    chosen, waiting = _cut(order, scores, contest["params"])
    equals = [place for place in _order(scores, None) if len(place) > 1 and scores[place[0]]]
    ties = [_tie(place, scores, chosen, waiting, bound) for place in equals]
    counted: dict[str, Any] = {
        "counts": {str(n): scores[n] for n in export.counted},
        "order": order,
        "ties": ties,
        "ballots": group.ballots,
        "emptied": group.totals.get("emptied"),
        "seed": bound,
        "quorum": quorum(export) if name == contest["decides"] else True,
    }
    decides = name == contest["decides"] and counted["quorum"]
    return counted | {"chosen": chosen if decides else [], "waiting": waiting if decides else []}


def quorum(export: Export) -> bool:
    """Whether enough people took part, in whole numbers; as the file says where these may not be shown."""
    decides = export.classes[export.contest["decides"]]
    rule, took_part = export.contest["quorum"], decides.totals["took_part"]
    base = rule.get("base", decides.totals["enrolled"]) if "percent" in rule else 0
    if took_part is None or base is None:
        return bool(decides.result.get("quorum", True))
    return bool(took_part >= rule.get("count", 0) and 100 * took_part >= rule.get("percent", 0) * base)


def _key(seed: str, number: int) -> str:
    return hashlib.sha256(f"{seed}|{number}".encode()).hexdigest()


def _order(scores: Mapping[int, int], seed: str | None) -> list[list[int]]:
    """From most to least; equals by the seed, or on one place while there is none."""
    places = [sorted(n for n in scores if scores[n] == votes) for votes in sorted(set(scores.values()), reverse=True)]
    return places if seed is None else [[n] for place in places for n in sorted(place, key=lambda n: _key(seed, n))]


def _cut(
    order: Sequence[Sequence[int]], scores: Mapping[int, int], params: Mapping[str, Any]
) -> tuple[list[int], list[int]]:
    """Chosen, and tied across the last seat."""
    if "min_votes" in params:
        return [n for place in order for n in place if scores[n] >= max(1, params["min_votes"])], []
    chosen: list[int] = []
    for place in order:
        left = params["seats"] - len(chosen)
        if left <= 0 or not scores[place[0]]:
            break
        if len(place) > left:
            return chosen, list(place)
        chosen += place
    return chosen, []


def _tie(
    place: list[int], scores: Mapping[int, int], chosen: list[int], waiting: list[int], seed: str | None
) -> dict[str, Any]:
    """Options that came out equal, whether they stand across the line, and whether the seed has ordered them."""
    ordered = place if seed is None else sorted(place, key=lambda n: _key(seed, n))
    cut = 0 < len(set(place) & set(chosen)) < len(place) or bool(set(place) & set(waiting))
    return {"numbers": ordered, "score": scores[place[0]], "cut": cut, "broken": seed is not None}


def recount(data: bytes) -> list[str]:
    """What differs, a sentence a fault; [] when everything is equal. Raises BadFile: it can not be read at all."""
    export = read(data)
    if export.contest["method"] != "approval" or export.contest["version"] != 1:
        raise BadFile(f"this program can not count {export.contest['method']} {export.contest['version']}")
    try:
        return [*receipts(export), *totals(export), *results(export)]
    except MALFORMED as wrong:
        raise BadFile(f"a file in it can not be read ({type(wrong).__name__}: {wrong})") from wrong


def told(data: bytes) -> str:
    """What the file is and what it came to, in a few lines."""
    export = read(data)
    contest = export.contest
    lines = [
        f"{contest['slug']}: {contest['title']}",
        f"file SHA-256 {hashlib.sha256(data).hexdigest()}",
        f"root {contest['root']} over {len(export.commitments)} ballots",
        f"in the messages {short(merkle(export.commitments))}",
    ]
    for name, group in sorted(export.classes.items()):
        decides, seen = "decides" if name == contest["decides"] else "counted apart", group.totals.get("took_part")
        lines.append(f"class {name} ({decides}): {'too few to be shown' if seen is None else f'{seen} took part'}")
        if not _shown(group):
            lines.append("  no numbers by option are published: they would tell what persons chose")
            continue
        titles, chosen = {o["number"]: o["title"] for o in contest["options"]}, group.result.get("chosen", [])
        scores = sorted(group.scores(export.counted).items(), key=lambda item: (-item[1], item[0]))
        lines += [f"  {votes:>6}  {n} {titles[n]}{'  chosen' if n in chosen else ''}" for n, votes in scores]
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    """The exit status: 0 equal, 1 something differs, 2 it can not be read."""
    try:
        data = Path(argv[0] if len(argv) == 1 else "FILE.zip").read_bytes()
        faults, text = recount(data), told(data)
    except (BadFile, OSError) as wrong:
        print(f"{' '.join(argv) or 'python recount.py FILE.zip'}: {wrong}", file=sys.stderr)
        return 2
    print(text)
    print(*(f"DIFFERS: {fault}\n" for fault in faults), sep="", end="")
    print("Counted again: equal." if not faults else f"Counted again: {len(faults)} differ.")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
