"""The words understood in any state (people.md 13). They count only as the whole message, in every language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

LONGEST = 200  # a longer message is no word of command, save one that takes words after it (IDEA ...)


@dataclass(frozen=True, slots=True)
class Word:
    """One command: the word we teach in Spanish, the other ways to say it, and when it is heard.

    before_answer   it comes before the answer to a pending question (people.md 13, order)
    takes           words after it belong to it: "SOY LUIS", "RECIBO K7TQ-6XF2-4MRD"
    spoken          other languages have words of their own for it (msgctxt "words" of their catalogues)
    """

    name: str
    keyword: str
    others: tuple[str, ...] = ()
    before_answer: bool = True
    takes: bool = False
    spoken: bool = True


@dataclass(frozen=True, slots=True)
class Command:
    """What a whole message commands; `arg` is what was typed after the word."""

    name: str
    arg: str = ""
    before_answer: bool = field(default=True, kw_only=True)
    guess: bool = field(default=False, kw_only=True)  # of names alone: it may mean something else where one chooses


ALSO_NO = ("no puedo", "can not")  # of NO VOY: also a no to whatever was asked
_CARRIERS_EXIT = ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out")
# In the order of people.md 13. Carriers' words are understood and taught nowhere.
WORDS: tuple[Word, ...] = (
    Word("exit", "SALIR", ("baja", "dar de baja", "darme de baja", "alto", "para", "parar", "no mas", "no mas mensajes",
         "ya no me escriban", "no me escriban mas", "no me escriban", "ya no me escribas", "no me escribas mas",
         *_CARRIERS_EXIT)),
    Word("erase", "BORRAR", ("eliminar", "borra mis datos", "borrar mis datos", "borren mis datos", "borrar todo",
         "elimina mis datos", "eliminar mis datos")),
    Word("wrong_number", "EQUIVOCADO", ("numero equivocado", "no soy", "no soy yo", "no soy esa persona",
         "se equivoco de numero", "se equivocaron de numero")),
    Word("person", "PERSONA", ("hablar", "hablar con una persona", "hablar con alguien", "quiero hablar")),
    Word("help", "AYUDA", ("help", "info", "no entiendo", "ayudame")),
    Word("data", "DATOS", ("mis datos",)),
    Word("copy", "COPIA", ("copia de mis datos",)),
    Word("correct", "CORREGIR", ("corregir mis datos",)),
    Word("privacy", "PRIVACIDAD", ()),
    Word("language", "IDIOMA", ("lengua", "lenguaje", "cambiar idioma")),
    Word("tu", "TU", (), spoken=False),
    Word("usted", "USTED", (), spoken=False),
    Word("afraid", "ME DA MIEDO", ("me da miedo decirlo", "me da miedo decir", "tengo miedo", "tengo miedo de decirlo",
         "no puedo decirlo")),
    Word("cancel_asks", "CANCELAR", ()),
    Word("back", "ATRAS", ("volver",)),
    Word("menu", "MENU", ()),
    Word("repeat", "OTRA VEZ", ("repite", "repetir", "repita", "repitelo", "repitalo")),
    Word("again_in", "ALTA", ("start", "unstop")),
    Word("link", "VINCULAR", ("otro telefono", "otro celular", "otro numero", "tengo otro telefono",
         "tengo otro numero", "tengo otro celular", "cambie de telefono", "cambie de numero",
         "vincular telefono", "vincular otro telefono", "vincular telegram", "vincular whatsapp",
         "vincular mi telefono", "vincular mi telegram",
         "vincular mi whatsapp"), takes=True),
    Word("not_me", "NO FUI YO", ()),
    Word("no_news", "SIN NOTICIAS", ("sin novedades", "no mas noticias", "no quiero noticias",
         "no quiero mas noticias", "ya no quiero noticias", "ya no quiero saber de otros laboratorios",
         "no quiero saber de otros laboratorios", "no me avises de otros laboratorios")),
    Word("not_coming", "NO VOY", ("no puedo", "anular", "no puedo ir", "ya no voy", "no voy a ir", "no podre ir"),
         before_answer=False),
    Word("no_reminders", "SIN RECORDATORIO", ("sin recordatorios",), before_answer=False),
    Word("reminders", "CON RECORDATORIO", ("con recordatorios",), before_answer=False),
    Word("news", "NOTICIAS", ("novedades", "quiero noticias", "otros laboratorios"), before_answer=False),
    Word("needs", "NECESITO", ("necesidades", "que necesito", "necesito ayuda para ir"), before_answer=False),
    Word("labs", "LABS", ("laboratorios", "reuniones"), before_answer=False),
    Word("choose", "ELEGIR", ("voto", "votar"), before_answer=False, takes=True),
    Word("blank", "BLANCO", ("en blanco",), before_answer=False),
    Word("my_choice", "MI ELECCION", ("mi voto",), before_answer=False),
    Word("receipt", "RECIBO", ("mi recibo",), before_answer=False, takes=True),
    Word("take_back", "QUITAR IDEA", ("quitar mi idea", "quita mi idea"), before_answer=False, takes=True),
    Word("hide_me", "QUITAR FOTO", ("quitar mi foto", "quita mi foto", "quiten mi foto"), before_answer=False),
    Word("my_idea", "MI IDEA", ("mis ideas",), before_answer=False, takes=True),
    Word("idea", "IDEA", (), before_answer=False, takes=True),
    Word("done", "SE CUMPLIO", (), before_answer=False, takes=True),
    Word("companion", "OTRA", ("otra persona", "soy otra persona", "somos dos", "somos 2", "tambien", "yo tambien"),
         before_answer=False),
    Word("party", "CON", ("vamos varios", "vamos varias"), before_answer=False, takes=True),
    Word("who", "SOY", (), before_answer=False, takes=True),
    Word("staff", "ENTRAR", (), before_answer=False),
)  # fmt: skip

_RELATIVE = (
    "espos[oa]|marido|mujer|senora?|hij[oa]s?|mama|papa|madre|padre|herman[oa]s?|abuel[oa]s?|niet[oa]s?|suegr[oa]|"
    "cunad[oa]|tia|tio|prim[oa]|vecin[oa]|novi[oa]|pareja|companer[oa]|amig[oa]|yerno|nuera|familia"
)
_COMES = "tambien|va|van|viene|vienen|quiere ir|quieren ir"
_OTHERS = (
    "mujeres|senores|persona|gente|nin[oa]|nen[oa]|bebe|muchach[oa]|chic[oa]|joven|jovenes|sobrin[oa]|ahijad[oa]|"
    "comadre|compadre|colega|familiar|familiares|pariente|conocid[oa]|"
    "husband|wife|partner|son|daughter|child|children|kid|baby|mother|mom|mum|father|dad|parent|brother|sister|"
    "grand(?:mother|father|ma|pa)|uncle|aunt|cousin|nephew|niece|neighbou?r|friend|colleague|family|person|people"
)
_NUMBER = (
    r"\d{1,3}|cero|una?|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|"
    "zero|one|two|three|four|five|six|seven|eight|nine|ten"
)
# "mi hija menor", "mis 2 hijos", "una vecina de arriba", "2 mas": who comes along, in plain words between two commas.
COME_ALONG = re.compile(
    rf"(?:(?P<one>mi|el|la|otr[oa]|my|an?|another)|mis|los|las|otr[oa]s|the|other)?(?: ?\b(?P<n>{_NUMBER}))? ?\b"
    rf"(?:otr[oa]s? |other |more )?(?P<who>(?:{_RELATIVE}|{_OTHERS})s?)"
    r"(?: (?:de|del|la|el|que|of|who) \w+(?: \w+){0,2}| \w+)?"
    rf"|(?P<only>{_NUMBER})(?: mas| more)?"
)
AND = re.compile(r",|\b(?:y|e|and)\b")
_WITH = re.compile(  # "voy con mi hija y un vecino": who is said after it, commas and all
    r"(?:(?:voy|vamos|vengo|venimos|ire|iremos|(?:voy|vamos) a ir) con"
    r"|(?:i|we)(?: (?:m|am|re|are))? (?:coming|going|come|go) with) (?P<who>.+)"
)
_AND_I = re.compile(
    r"(?P<verb>(?:vamos|venimos|iremos|iriamos|queremos ir) )?(?:(?P<first>.+?),? y yo|yo,? y (?P<then>.+))"
    r"|(?:(?P<us>.+?),? and (?:i|me)|me,? and (?P<me>.+))"
)
IN_ALL = re.compile(  # "vamos 3": she among them
    r"(?:vamos|venimos|iremos|iriamos|somos|seremos|seriamos|we are|we re|there are|we will be)(?: a ir| coming)?"
    rf" (?!(?:una?|uno|one)\b)(?P<all>{_NUMBER})(?: (?:{_OTHERS})s?)?(?: of us)?"
)
_ALONE = re.compile(
    r"(?:voy|vengo|ire|voy a ir)(?: yo)? sol(?:it)?[oa](?: yo)?"
    r"|i(?: (?:m|am))? (?:coming|going|come|go) (?:alone|by myself)"
)
_NAMED = re.compile(r"(?:don|dona|senora?|mr|mrs) [^\W\d_]{2,}|[^\W\d_]{2,}(?: [^\W\d_]{2,})?")
_NO_NAMES = frozenset(  # what one comes with, or is told about, that is nobody's name
    word
    for row in (
        "el la los las lo un una mi mis tu tus su sus que en de por para si no muy mucho mucha todo toda",
        "todos todas nada nadie alguien eso esto ustedes usted vos ti ella ellos ellas ganas gusto placer",
        "animo alegria amor fe dios permiso cuidado calma tiempo prisa hambre sed sueno miedo pena duda dudas",
        "dolor gripe tos fiebre comida agua dinero plata carro auto coche moto motocicleta bici bicicleta bus",
        "buseta taxi camion caballo lancha bote cayuco muletas baston silla paraguas lluvia perro suerte",
        "retraso atraso demora my your his her our the you me it this that nobody nothing everything someone",
        "pleasure joy luck god care time car bike bus taxi",
    )
    for word in row.split()
)
_COMPANION = re.compile(rf"(?:(?:y|con|tambien|va|viene) )?(?:mi|mis) (?P<who>{_RELATIVE})(?: (?:{_COMES}))*")
# "ya no quiero saber del agua", "ya no me pregunten del agua": one topic, where the same without a topic is an exit.
_ABOUT = r"(?:de|del|sobre|about) (?P<topic>\S.*)"
_ENOUGH = re.compile(
    rf"(?:ya )?no (?:quiero saber|quiero oir|me (?:escrib|avis|habl|mand|cuent)\w+)(?: nada)?(?: mas)? {_ABOUT}"
    rf"|(?:no more|stop) (?:news|messages|writing to me|telling me) {_ABOUT.replace('topic', 'said')}"
)
_ENOUGH_ASKING = re.compile(
    rf"(?:ya )?no me pregunt\w+(?: nada)?(?: mas)? {_ABOUT}"
    rf"|(?:no more questions|stop asking(?: me)?) {_ABOUT.replace('topic', 'said')}"
)
# What may be a code, behind VINCULAR: "otro teléfono público en la plaza" is an idea.
_CODE = re.compile(r"(?=.*\d)[a-z\d]{4,8}|[b-df-hj-np-tv-z]{4,8}")
_RECEIPT = re.compile(r"(?=.*\d)[a-z\d]{4,20}|[b-df-hj-np-tv-z]{4,20}")
_LINKS = frozenset(
    ["de", "del", "la", "el", "lo", "los", "las", "por", "para", "en", "al", "con", "toda", "of", "the", "for", "to"]
)
_VOWELS = frozenset("aeiou")
_NOT = re.compile(r"\b(?:no|ni|nunca|tampoco|not|never|cannot|can t|won t|don t)\b")
_KEYCAP_TEN = "\U0001f51f"


def plain(text: str) -> str:
    """What a person meant to type: no accents, case or punctuation, one space between words; 1️⃣ is 1.

    Letters and digits of any script stay. "¡SÍ!" -> "si", "el 2." -> "el 2", "español" -> "espanol".
    """
    folded = unicodedata.normalize("NFKD", text.replace(_KEYCAP_TEN, "10")).casefold()
    kept = (c if c.isalnum() else "" if unicodedata.category(c) in ("Mn", "Me", "Cf") else " " for c in folded)
    return " ".join("".join(kept).split())


_PHRASES: Mapping[str, Word] = {plain(phrase): word for word in WORDS for phrase in (word.keyword, *word.others)}
BY_KEYWORD: Mapping[str, Word] = {word.keyword: word for word in WORDS}


More = Mapping[str, tuple[str, str]]  # plain words of the other languages -> our keyword, and what belongs to it


def command(text: str, more: More | None = None) -> Command | None:
    """The command that this whole message is, or None.

    more   `Catalogues.words`: {"leave": ("SALIR", ""), "english": ("IDIOMA", "en")}
    """
    if "?" in text[:9] and not text.strip(" ?¿.!¡*\n"):
        return Command("help")
    said, more = plain(text[: LONGEST + 1]), more or {}
    whole = None if len(text) > LONGEST else _whole(said, more) or _companion(said, text) or _enough(said)
    return whole or _together(text) or _with_words_after(text, more)


def not_coming(text: str, more: More | None = None) -> bool:
    """NO VOY, in any words that are not also a no to whatever was asked."""
    found = command(text, more)
    return found is not None and found.name == "not_coming" and plain(text) not in ALSO_NO


def _whole(said: str, more: More) -> Command | None:
    keyword, arg = more.get(said, ("", ""))
    word = _PHRASES.get(said) or BY_KEYWORD.get(keyword)
    return Command(word.name, arg, before_answer=word.before_answer) if word else None


def _companion(said: str, text: str) -> Command | None:
    """'mi mamá también', and who that is, as it was typed: 'mamá'."""
    found = _COMPANION.fullmatch(said)
    who = next((word for word in re.findall(r"\w+", text) if found and plain(word) == found["who"]), "")
    return Command("companion", who.lower(), before_answer=False) if found else None


def _together(text: str) -> Command | None:
    """Who comes along, or "vamos 3", as party.py reads it: a verb alone is none ("voy a ver", "vamos a necesitar")."""
    said = ", ".join(plain(part) for part in text[:LONGEST].split(","))
    if _NOT.search(said):
        return None  # "no podemos ir, mi hija y yo"
    if _ALONE.fullmatch(said):
        return Command("party", "0", before_answer=False)
    if IN_ALL.fullmatch(said):
        return Command("party", said, before_answer=False)
    found, ours = _WITH.fullmatch(said), _AND_I.fullmatch(said)
    who = found["who"] if found else next(w for w in ours.group("first", "then", "us", "me") if w) if ours else ""
    if some_come(who) and (found or (ours and ours["verb"]) or all_come(who)):
        return Command("party", who, before_answer=False)
    by_name = who if found or (ours and ours["verb"]) else ""
    return Command("party", by_name, before_answer=False, guess=True) if all_named(by_name) else None


def some_come(said: str) -> bool:
    """Whether people are said, or how many: 'mi hija y Ana', '2'; not 'gusto', 'mi carro'."""
    parts = [part.split() for part in _parts(said)]
    return any(COME_ALONG.fullmatch(" ".join(part)) for part in parts) and all(len(part) < 6 for part in parts)


def all_come(said: str) -> bool:
    """Whether nothing but people are said: 'mi esposo, mi hija'; not 'tenemos sed, mi familia'."""
    return all(COME_ALONG.fullmatch(part) or all_named(part) for part in _parts(said))


def all_named(said: str) -> bool:
    """Whether it is nothing but names, as far as one can tell: 'Maria, don Pedro y Ana'; not 'gusto', 'mi carro'."""
    return bool(said) and all(_NAMED.fullmatch(part) and _NO_NAMES.isdisjoint(part.split()) for part in _parts(said))


def _parts(said: str) -> list[str]:
    """Who is said, one by one: between commas, and before and after 'y'."""
    return [part.strip() for part in AND.split(", ".join(plain(part) for part in said[:LONGEST].split(",")))]


def _enough(said: str) -> Command | None:
    for name, pattern in (("enough", _ENOUGH), ("enough_asking", _ENOUGH_ASKING)):
        if found := pattern.fullmatch(said):
            return Command(name, found["topic"] or found["said"])
    return None


def _with_words_after(text: str, more: More) -> Command | None:
    for count in (2, 1):
        typed = text.split(None, count)
        first = plain(" ".join(typed[:count])[:LONGEST])
        word = _PHRASES.get(first) or BY_KEYWORD.get(more.get(first, ("", ""))[0])
        if word and word.takes and len(typed) > count:
            if word.name == "party" and not some_come(typed[count]):
                by_name = all_named(typed[count]) and typed[count].istitle()  # not "con gusto", "con permiso"
                return Command("party", typed[count], before_answer=False, guess=True) if by_name else None
            fits = _FITS.get(word.name)
            if fits and not (plain(typed[count]) and fits(typed[count])):
                return None
            return Command(word.name, typed[count].strip(), before_answer=word.before_answer)
    return None


def _is_code(typed: str) -> bool:
    return bool(_CODE.fullmatch(plain(typed).replace(" ", "")))


def _is_receipt(typed: str) -> bool:
    """'K7TQ-6XF2-4MRD', slips and all; not 'agua 2 veces por semana'."""
    said = plain(typed).split()
    words = [part for part in said if part.isalpha() and not _VOWELS.isdisjoint(part)]
    return bool(_RECEIPT.fullmatch("".join(said))) and not words


def _is_name(typed: str) -> bool:
    """'Luis', 'Maria P', 'Maria de los Angeles'; not 'de la escuela, no hay agua'."""
    said = plain(typed).split()
    if len(said) > 1 and said[0] in _NO_NAMES:
        return False
    return len([word for word in said if word not in _LINKS]) < (4 if _LINKS.isdisjoint(said) else 3)


def _is_choice(typed: str) -> bool:
    """Numbers, or titles between one comma or 'y' and the next; not 'un nuevo representante'."""
    parts = [[word for word in part.split() if word not in _LINKS] for part in _parts(typed)]
    titles = all(len(part) < 5 and part[:1] not in (["un"], ["una"], ["a"], ["an"]) for part in parts)
    return any(c.isdigit() for c in typed) or titles


def _is_topic(typed: str) -> bool:
    """'agua no, se dano otra vez'; not 'nada de lo prometido'."""
    return plain(typed).split()[0] not in ("nada", "nunca", "ni", "poco", "nothing")


# What may stand behind a word that takes words after it. Where it does not fit it is no command: "recibo el agua sucia
# todos los días" and "soy de la escuela, no hay agua" are what somebody wants to tell.
_FITS: Mapping[str, Callable[[str], bool]] = {
    "link": _is_code,
    "receipt": _is_receipt,
    "who": _is_name,
    "choose": _is_choice,
    "done": _is_topic,
}
