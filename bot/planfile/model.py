"""What a plan file may say: one frozen class a table, with the rules of its fields."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StringConstraints, model_validator

from bot.planfile.moments import Moment, moment

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CAPACITY = 100_000


def fold(keyword: str) -> str:
    """A keyword as people may type it -> as it is kept: capitals, no accents ('San Martín' -> 'SANMARTIN')."""
    plain = (c for c in unicodedata.normalize("NFKD", keyword.upper()) if not unicodedata.combining(c))
    return "".join(c for c in plain if not c.isspace())


def _slug(value: object) -> object:
    if isinstance(value, str) and not _SLUG.fullmatch(value):
        raise ValueError(f"{value[:60]!r} is not a slug; write small letters without accents, digits and hyphens")
    return value


def _keyword(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"[A-Z0-9]{3,20}", fold(value)):
        raise ValueError(f"{value[:60]!r} can not be typed as one word; write 3 to 20 letters or digits")
    return fold(value)


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Slug = Annotated[str, StringConstraints(max_length=60), BeforeValidator(_slug)]
ContestSlug = Annotated[str, StringConstraints(max_length=50), BeforeValidator(_slug)]  # in links: v-<slug>
Code = Annotated[str, StringConstraints(max_length=20), BeforeValidator(_slug)]
Keyword = Annotated[str, BeforeValidator(_keyword)]
# One line, or nothing. No braces: {name} in a title would be filled like our own words.
Words = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f{}]*$")]
Line = Annotated[Words, StringConstraints(min_length=1, max_length=120)]
Short = Annotated[Line, StringConstraints(max_length=30)]
Letters = Annotated[Line, StringConstraints(max_length=10)]
Label = Annotated[Line, StringConstraints(max_length=40)]
Sentence = Annotated[Line, StringConstraints(max_length=60)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[^\x00]*$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
When = Annotated[Moment, BeforeValidator(moment)]
Need = Literal["transport", "ramp", "sign_language", "childcare", "other_language"]
Scope = Literal["convene", "collect", "publish", "reuse_recordings"]


class Table(BaseModel):
    """One table of the file. A key that is not named here is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True)


class OrganisationTexts(Table):
    """What another language says of it: `en.hours = "Mon to Fri, 8 am to 5 pm"`."""

    name: Line | None = None
    short_name: Short | None = None
    hours: Annotated[Words, StringConstraints(max_length=120)] | None = None


class SessionTexts(Table):
    """A meeting in another language: `en.use = "goes to the local board"`."""

    title: Line | None = None
    place: Short | None = None
    use: Sentence | None = None


class ContestTexts(Table):
    """A choice in another language."""

    title: Line | None = None


class Translated(Table):
    """A table that people read: its texts may stand a second time behind a language, `en.title`."""

    model_config = ConfigDict(extra="allow")

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        """{'en': {'title': 'First meeting'}}: what each language says."""
        given = {lang: told.model_dump(exclude_none=True) for lang, told in (self.model_extra or {}).items()}
        return {lang: told for lang, told in given.items() if told}


class Organisation(Translated):
    """Who convenes, or a party of the plan."""

    __pydantic_extra__: dict[str, OrganisationTexts] = Field(init=False)

    slug: Slug
    name: Line
    short_name: Short | None = None  # as an SMS says it; None = the name
    kind: Literal["public", "private", "civil", "academia", "other", "unknown"] = "unknown"
    phone: Annotated[Words, StringConstraints(max_length=30)] = ""
    hours: Annotated[Words, StringConstraints(max_length=120)] = ""
    email: Annotated[Words, StringConstraints(max_length=120)] = ""  # where it is asked about what it promised


class Territory(Table):
    """A place of the tree: a country, a province, a community."""

    slug: Slug
    name: Line
    kind: Literal["country", "province", "comarca", "district", "corregimiento", "community"]
    parent: Slug | None = None
    country: Country | None = None  # None = the parent's
    tz: str | None = None  # None = the parent's, or that of the settings


class Plan(Table):
    """The published commitment that the labs belong to."""

    slug: Slug
    title: Annotated[Line, StringConstraints(max_length=200)]
    country: Country
    period: Annotated[Words, StringConstraints(max_length=80)] = ""  # as written
    starts_on: date | None = None
    ends_on: date | None = None
    source: Annotated[Words, StringConstraints(max_length=200)] = ""
    # Who keeps the system and could see a choice until 30 days after the close: people are told their names.
    keepers: Annotated[tuple[Short, ...], BeforeValidator(_tuple), Field(max_length=3)] = ()

    @model_validator(mode="after")
    def _nobody_alone(self) -> Self:
        if len(self.keepers) == 1:
            raise ValueError('write two or three people, like keepers = ["Ana Ríos", "Luis Gil"], or none')
        return self


class Party(Table):
    """What an organisation is in the plan."""

    organisation: Slug
    role: Literal["responsible", "lead", "support"]


class Milestone(Table):
    """A milestone, with its date as written."""

    number: Annotated[Line, StringConstraints(max_length=20)]
    title: Annotated[Prose, StringConstraints(min_length=1)]
    due: Annotated[Words, StringConstraints(max_length=80)] = ""  # as written: 'Nov - dic'
    due_from: date | None = None
    due_to: date | None = None


class Lab(Table):
    """A community with what the bot needs to speak for its organiser."""

    slug: Slug
    name: Annotated[Line, StringConstraints(max_length=60)]
    keyword: Keyword
    organiser: Slug
    territory: Slug
    kind: Literal["follow_up", "new"]
    setting: Literal["urban", "rural", "comarca", "unknown"] = "unknown"
    state: Literal["draft", "published", "closed"] = "draft"
    form: Literal["tu", "usted"] = "tu"
    langs: Annotated[tuple[str, ...], BeforeValidator(_tuple), Field(min_length=1)] = ("es",)
    parent: Slug | None = None
    plan: Slug | None = None  # None = the plan of this file, if it has one
    note: Prose = ""


class Authorisation(Table):
    """A community in a comarca allows a lab (people.md 4.4)."""

    lab: Slug
    authority: Annotated[Line, StringConstraints(max_length=200)]
    signed_by: Annotated[Line, StringConstraints(max_length=200)]
    signed_on: date
    scope: Annotated[tuple[Scope, ...], BeforeValidator(_tuple), Field(min_length=1)]
    expires_on: date | None = None
    withdrawn_on: date | None = None


class Danger(Table):
    """Words of danger in a country and the official line to call, reviewed by specialists; without it there is none."""

    country: Country
    line: Annotated[Line, StringConstraints(max_length=30)]
    words: Annotated[tuple[Line, ...], BeforeValidator(_tuple), Field(min_length=1)]
    reviewed_by: Line
    reviewed_on: date


class Session(Translated):
    """A meeting of a lab."""

    __pydantic_extra__: dict[str, SessionTexts] = Field(init=False)

    code: Code
    lab: Slug
    kind: Literal["problems", "report_back", "table", "public"] = "problems"
    title: Line
    starts_at: When
    place: Short
    capacity: Annotated[StrictInt, Field(ge=0, le=_CAPACITY)] | None = None  # None = no limit, 0 = closed
    use: Sentence  # what happens with what they choose
    reserved: dict[Label, Annotated[StrictInt, Field(ge=1, le=_CAPACITY)]] = {}  # 'quien viene con niños' = 10
    needs: Annotated[tuple[Need, ...], BeforeValidator(_tuple)] = ()  # what is offered; () = it is not asked
    state: Literal["draft", "published"] = "draft"


class ProblemTexts(Table):
    """A problem in another language: `en.title = "Drinking water"`."""

    title: Short | None = None
    short_title: Letters | None = None


class Problem(Translated):
    """What a community named; its short title stands in SMS and on buttons."""

    __pydantic_extra__: dict[str, ProblemTexts] = Field(init=False)

    lab: Slug
    slug: Slug
    title: Short
    short_title: Letters
    text: Prose = ""


class Quorum(Table):
    """How many must take part: a number, or so many of every hundred of some."""

    count: Annotated[StrictInt, Field(ge=1)] | None = None
    percent: Annotated[StrictInt, Field(ge=1, le=100)] | None = None
    of: Literal["enrolled", "attended", "roll"] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.count is None) == (self.percent is None) or (self.percent is None) != (self.of is None):
            raise ValueError('write { count = 30 }, or { percent = 20, of = "enrolled" }')
        return self


class Contest(Translated):
    """A choice between problems."""

    __pydantic_extra__: dict[str, ContestTexts] = Field(init=False)

    slug: ContestSlug
    lab: Slug
    session: Code | None = None
    title: Line
    method: Slug = "approval"
    k: Annotated[StrictInt, Field(ge=1, le=15)] = 3
    seats: Annotated[StrictInt, Field(ge=1, le=15)] = 1
    closes_at: When | None = None
    roll: Literal["open", "attended", "roll"] = "open"  # whose choices decide; others are counted apart
    quorum: Quorum | None = None  # None = none is asked for
    tie: Literal["seed", "assembly"] = "seed"
    tie_source: Annotated[Words, StringConstraints(max_length=200)] = ""  # the public draw; '' = the national lottery
    options: Annotated[tuple[Slug, ...], BeforeValidator(_tuple)] = ()  # problems in this order; () = drawn at opening


class PlanFile(Table):
    """A whole file, each table in the order of the text."""

    plan: Plan | None = None
    organisation: tuple[Organisation, ...] = ()
    territory: tuple[Territory, ...] = ()
    party: tuple[Party, ...] = ()
    milestone: tuple[Milestone, ...] = ()
    lab: tuple[Lab, ...] = ()
    authorisation: tuple[Authorisation, ...] = ()
    danger: tuple[Danger, ...] = ()
    session: tuple[Session, ...] = ()
    problem: tuple[Problem, ...] = ()
    contest: tuple[Contest, ...] = ()
