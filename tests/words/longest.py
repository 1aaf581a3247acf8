"""The longest values that an SMS is worded for, and whole messages as a turn puts them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.i18n import And, Count, Label, When

NOON = When(datetime(2026, 9, 30, 17, 0, tzinfo=UTC), "America/Panama")  # mie 30 sept, 12 mediodia
DAY = When(NOON.at, NOON.tz, "day")
NAME = "Maximiliana del Mar."
assert len(NAME) == 20
# The longest values that an SMS is worded for. Whoever lets a longer one in (a plan, a name) is told by its own check.
LONGEST: Mapping[str, object] = {
    "name": NAME,
    "link": "https://t.me/ConvocaSanMartinBot?start=lab-san-martin",
    **{"reason": "fuertes lluvias y el puente cerrado otra", "longest": 40},  # bot.actions.suspend.LONGEST
    "person": NAME,
    "later": Label("El resultado se cuenta el {day}.", {"day": DAY}),
    "prefix": NAME.upper(),
    "lab": "San Martin de",
    "organiser": "la Junta Comunal de San Martín",
    "place": "Casa Comunal de Alto Caballero",
    "use": "va a la junta comunal",
    "when": NOON,
    "until": NOON,
    "closes": NOON,
    "day": DAY,
    "closed": DAY,
    "read": DAY,
    "idea": "alumbrado publico de la entrad",  # conversations.idea_words.SHORT
    "steps": "recibida mie 30 sept, leida y unida a Acueducto1 mie 30 sept",  # bot.idea_steps cuts them
    "code": "7KTQ",
    "party": 6,
    "minute": ("Asamblea del sabado 12 dic en la Casa Comunal, acta 4, a mano alzada: " * 3)[:140],  # ties.MAX_MINUTE
    "value": "San Martín, San Miguel",
    "missing": Count("Te falta {n} lugar.", "Te faltan {n} lugares.", 5),
    **dict.fromkeys(("receipt", "root", "head"), "K7TQ-6XF2-4MRD"),
    "proof": "K7F9RM",
    **{"joining": "K7F9RM", "minutes": 15, "channel": "WhatsApp", "channels": And(["2 SMS", "WhatsApp", "Telegram"])},
    "keyword": "SANMARTINDEALTO",
    "typed": "SANMARTNDEALTO1",
    "phone": "+507 500-0000",
    "hours": "lun a vie, de 8 am a 5 pm",
    "processor": "Twilio (EE.UU.) o un celular del equipo",
    "count": 6,
    "n": 6,
    "k": 3,
    "min": 1,
    "max": 500,
    "reply": 99,
    "age": Label("de 14 a 17"),
    "picks": And(["2 Camino", "5 Basura", "1 Agua"]),
    "before": And(["2", "5", "1"]),
    "options": "1 Agua, 2 Camino, 3 Salud, 4 Señal, 5 Basura",
    "title": "Acueducto1",  # a short title has 10 letters at the most
    "number": 5,
    "right": "La reunion es en la escuela de arriba y no en la Casa Comunal. Hay que llevar una silla ya.",  # and "."
    "answer": "El bus sale a las 2 pm de la plaza y vuelve a las 6. Si no puedes, llama a la oficina el lunes sin",
    "left": 2,
    **{"seats": Count("hay {n} lugar libre", "hay {n} lugares libres, para los primeros que lleguen", 120)},
    "why": Label("los lugares libres eran de los primeros en llegar"),
    "then": Label("Para elegir desde tu casa, escribe ELEGIR."),
    "neighbours": Count("{n} vecino", "{n} vecinos", 120),
    "numbers": Count("{n} número", "{n} números", 3),
    "example": "3 1",
    "winner": "Acueducto1",
    "winners": And(["Agua (88)", "Salud (63)", "Camino (59)"]),
    "titles": And(["Camino", "Basura", "Agua"]),
    "tied": And(["Camino", "Basura"]),
    "who": Label("{names} cuidan el sistema y", {"names": And(["Maximiliana del Mar", "Bartolomeo del Rio"])}),
    "names": And(["Maximiliana del Mar", "Bartolomeo del Rio"]),
    "draw": "primer sorteo de la loteria nacional despues del cierre",  # bot.ties.SHORT_SOURCE
    "tie": Label("Empataron {tied}, con {votes} cada uno.", {"tied": And(["Camino", "Basura"]), "votes": 120}),
    "fate": Label("le toca a otra oficina"),
    "all": 1200,
    "percent": 100,
    "label": And(["2 Camino", "5 Basura", "1 Agua"]),
    "source": "la lista del laboratorio de San Martin..",
    "entity": "La oficina regional del agua..",  # a short name has 30 letters at the most
    "promise": "repara el tanque y la toma de agua de la escuela..",  # storage.tables.promises.PROMISE
    "due": "primera quincena de septiembre",  # DUE
    "because": "falta una bomba que viene de otra provincia y el camino no deja pasar al camion. Es asi.",  # REASON
    "matter": "si la oficina regional del agua viene a ver el tanque antes de la lluv",  # MATTER
    "tell_on": DAY,
    "news": "La oficina del agua visito la toma el martes 12 de enero con dos vecinas y anoto lo que falta.",
    "noted": Label("Anotado: en parte. Ya cuenta."),
    **dict.fromkeys(("yes", "partly", "no", "unknown", "votes", "position", "capacity"), 120),
    **{"reserved": "quien viene con niños de la escuela de a", "places": 120},  # a label has 40 letters
    **{"line": "800-0000, de dia y de noche...", "language": "ngäbere"},
    "offer": And(["cuidado de niños"]),  # an SMS names one
    "what": Label("No sé si habrá: lo ve el equipo."),
    "said": "el puente de la quebrada se inunda y los niños no pueden ir a la escuela cuando llueve mu",
    "ask_on": DAY,
    "option": 12,
    "office": "el municipio, oficina de obras",  # bot.actions.ideas refuses what does not fit
    "reference": "1184-2026",
    "others": Count("Otra persona dijo lo mismo.", "Otras {n} personas dijeron lo mismo.", 120),
    "question": "¿Vas el mie 30 sept? 1 Si 2 No 3 Aun no se",
}
SI_NO = ("Sí", "No")
GOING = ("Sí", "No", "Aún no sé")
PUBLISH = ("Sí, sin mi nombre", "Sí, con mi nombre", "No")
COMING = ("Sí", "No puedo")
NEEDS = ("Transporte", "Rampa", "Lengua de señas", "Cuidado de niños", "Otro idioma", "Nada")
AGES = ("18 o más", "de 14 a 17", "menos de 14")
# Whole messages as a turn puts them together: texts, then the options of the question.
WHOLE: Sequence[tuple[tuple[str, ...], tuple[str, ...]]] = (
    (
        (
            "Hola. Soy Convoca, el bot de {organiser}. Guardamos tu nombre y tu número para invitarte y contarte"
            " resultados. Más: PRIVACIDAD.",
            "¿Aceptas?",
        ),
        SI_NO,
    ),
    (
        (
            "Es una reunión de vecinos para elegir qué arreglar primero. Es gratis. Para hablar con alguien, escribe"
            " PERSONA.",
            "¿Aceptas?",
        ),
        SI_NO,
    ),
    (
        (
            "Que conteste esa persona. Convoca guarda su nombre y este número para invitarle y contarle resultados."
            " Más: PRIVACIDAD.",
            "¿Acepta?",
        ),
        SI_NO,
    ),
    (
        (
            "Vas a unir este teléfono con el que te dio el código. En los dos se verá lo tuyo.",
            "¿Los usas tú?",
        ),
        ("Sí, ya escribí aquí", "Sí, con otra persona", "No"),
    ),
    (
        (
            "Listo. Ya los uní. Te escribo al que uses por último. Si no fuiste tú, escribe NO FUI YO.",
            "Tenías 2 elecciones: vale la última. Para verla: MI ELECCION.",
        ),
        (),
    ),
    (
        (
            "Voy a borrar tu nombre, tus teléfonos y tu lugar. Tu elección queda en el total, sin tu nombre.",
            "De tu permiso queda 3 años una clave, sin tu nombre.",
            "Para confirmar, escribe BORRAR.",
        ),
        (),
    ),
    (
        (
            "Uniste este teléfono con otro hace menos de 7 días. Los separo y borro lo de este. Para borrar lo del"
            " otro, escribe BORRAR allá.",
            "De tu permiso queda 3 años una clave, sin tu nombre.",
            "Para confirmar, escribe BORRAR.",
        ),
        (),
    ),
    (("Gracias.", "Con tu primer nombre basta.", "¿Cómo te llamas?"), ()),
    (
        (
            "Anotado, {name}: {picks}. Puedes cambiarlo hasta el {day}: escribe ELEGIR.",
            "¿Te aviso qué pasa con esos temas?",
        ),
        SI_NO,
    ),
    (
        (
            "Anotado: {picks}. El {number} cuenta una vez. Puedes elegir {left} más: escribe ELEGIR.",
            "¿Te aviso qué pasa con esos temas?",
        ),
        SI_NO,
    ),
    (("Contamos tu elección. {tie}", "La asamblea decide el {when}.", "¿Vienes?"), SI_NO),
    (
        (
            "Contamos tu elección. {tie}",
            "Decide el sorteo público que se dijo al abrir: {draw}. Después te cuento.",
        ),
        (),
    ),
    (
        (
            "La elección terminó el {closes}, y esta no se cuenta."
            " Tu opinión puede ir como idea a la reunión del {day}.",
            "¿La mando?",
        ),
        SI_NO,
    ),
    (
        (
            "Anotado: ninguno de los {n}. Puedes cambiarlo hasta el {day}: escribe ELEGIR.",
            "Lo que digas ahora va como idea.",
            "¿Qué falta en la lista?",
        ),
        (),
    ),
    (
        (
            "Gracias por decirlo. Lo anotamos sin tu nombre.",
            "¿Qué viste? Escríbelo, o 0 para terminar",
        ),
        (),
    ),
    (("Está bien. Gracias por avisar.", "Tu lugar pasa a otra persona."), ()),
    (("Está bien. Te cuento qué decide la asamblea.", "Tu lugar pasa a otra persona."), ()),
    (("Gracias por decirlo.", "¿Quieres que te escriba una persona del equipo?"), SI_NO),
    (
        (
            "Eso no va en la lista pública. Lo lee una sola persona del equipo y te escribe.",
            "Si hay peligro, llama al {line}.",
        ),
        (),
    ),
    (
        (
            "Está bien. No guardamos ese mensaje. Para hablar con una persona, escribe PERSONA.",
            "Si hay peligro, llama al {line}.",
        ),
        (),
    ),
    (("Esta pregunta ya cerró.", "El resultado está aquí: {link}"), ()),
    (("¿Quién elige ahora?",), ("La misma persona", "Otra persona")),
    (("Gracias.", "¿Te llamo {name}?"), ("Sí", "Otro nombre")),
    (
        (
            "Ya hay una persona con ese nombre en este teléfono. Escribe tu nombre y una letra más.",
            "¿Cómo te llamas?",
        ),
        (),
    ),
    (("Hola, {name}.", "¿Cuántos años tienes?"), AGES),
    (("Volvemos.", "¿Cuántos años tienes?"), AGES),
    (("Son {party}.", "Laboratorio en {lab}: {when}, {place}. Lo que elijan {use}.", "¿Vas?"), GOING),
    (
        (
            "Son {party}.",
            "Laboratorio en {lab}: {when}, {place}. Se cuenta el resultado y se decide qué sigue.",
            "¿Vas?",
        ),
        GOING,
    ),
    (("Hay {places}, no {party}.", "¿Qué quieres?"), ("Ir solo yo", "Esperar por todos", "No ir")),
    (("Puedes traer hasta {count}.", "¿Cuántas personas van contigo, sin contarte?"), ()),
    (("No entendí {reply}.", "¿Vas el {day}?"), GOING),
    (("Corrección de un mensaje del laboratorio de {lab}: {right}", "¿Vas?"), SI_NO),
    (
        (
            "Convoca ({organiser}) te invita al laboratorio de {lab}: {when}, {place}. Lo que elijas {use}."
            " Para salir, escribe SALIR.",
            "¿Vas?",
        ),
        SI_NO,
    ),
    (
        (
            "Convoca ({organiser}) te invita al laboratorio de {lab}: {when}, {place}. Se cuenta el resultado y se"
            " decide qué sigue. Para salir, escribe SALIR.",
            "¿Vas?",
        ),
        SI_NO,
    ),
    (
        (
            "{name}, el cupo está lleno: {capacity} de {capacity}. En la lista de espera serías la persona {position}."
            " Si se abre un lugar te escribo.",
            "¿Te anoto?",
        ),
        SI_NO,
    ),
    (("El cupo general está lleno. Quedan {left} de {places} lugares para {reserved}.", "¿Tomas uno?"), SI_NO),
    (
        (
            "{name}, en la lista de espera del cupo general serías la persona {position}. Si se abre un lugar te"
            " escribo.",
            "¿Te anoto?",
        ),
        SI_NO,
    ),
    (("{person}, se abrió un lugar para el {when}. Tienes hasta el {until}.", "¿Lo tomas?"), SI_NO),
    (("Convoca, de {organiser}. Tu número está en {source}. Queremos contarte qué pasó.", "¿Aceptas?"), SI_NO),
    (("Gracias por avisar, {name}.", "Le damos tu lugar a otra persona.", "¿Quieres elegir desde tu casa?"), SI_NO),
    (("Mañana, {when}, es el laboratorio. Lugar: {place}. Código: {code}.", "¿Vienes?"), ("Sí", "No puedo")),
    (("Hoy, {when}, es el laboratorio. Lugar: {place}. Código: {code}.", "¿Vienes?"), ("Sí", "No puedo")),
    (("Mañana, {when}, es el laboratorio. Lugar: {place}. Código: {code}. Hay {offer}.", "¿Vienes?"), COMING),
    (("Hoy, {when}, es el laboratorio. Lugar: {place}. Código: {code}. Hay {offer}.", "¿Vienes?"), COMING),
    (("{person}, ¿qué necesitas para venir?",), NEEDS),
    (("Convoca, para el código que empieza con {code}: ¿qué necesitas para venir?",), NEEDS),
    (("Entendí: «{said}». ¿Es así?",), ("Sí", "No, lo digo otra vez")),
    (("Entendí: «{said}». ¿La mando así?",), ("Sí", "No, lo digo otra vez")),
    (("¿Entendí bien?", "¿Vas el {day}?"), GOING),
    (("No entendí bien.", "¿Se cumplió lo de {title}?"), ("Sí", "En parte", "No", "No sé")),
    (("Entendí: «{said}». ¿Anoto {picks}?",), SI_NO),
    (
        (
            "Convoca, para el código que empieza con {code}: el laboratorio es {when}. Lugar: {place}.",
            "¿Vienes?",
        ),
        ("Sí", "No puedo"),
    ),
    (
        (
            "Cambió el laboratorio de {lab}. Ahora es {when}. Lugar: {place}. Si tenías lugar, sigue guardado.",
            "¿Vas?",
        ),
        SI_NO,
    ),
    (("Son {party}.", "Cambió el laboratorio de {lab}. Ahora es {when}. Lugar: {place}.", "¿Vas?"), GOING),
    (("Te pregunto otra vez. Laboratorio de {lab}: {when}, {place}.", "¿Vas?"), GOING),
    (
        ("Gracias. Para contarte qué pasa con tu idea, guardamos tu nombre y tu número. Más: PRIVACIDAD.", "¿Aceptas?"),
        ("Sí", "No, mándala sin mi número"),
    ),
    (
        (
            "Soy Convoca, el bot de {organiser}. Es gratis. Para hablar con alguien, escribe PERSONA.",
            "¿Aceptas?",
        ),
        ("Sí", "No, mándala sin mi número"),
    ),
    (
        (
            "Que conteste esa persona. Guardamos su nombre y este número para contarle qué pasa con su idea."
            " Más: PRIVACIDAD.",
            "¿Acepta?",
        ),
        ("Sí", "No, mándala sin mi número"),
    ),
    (("¿Quién la propone?",), ("Ya escribí antes", "Soy otra persona")),
    (
        (
            "Recibido, {name}. Es la idea {number}: «{idea}». Una persona la lee antes del {read} y te cuenta.",
            "¿La ponemos en la lista pública?",
        ),
        PUBLISH,
    ),
    (
        (
            "Recibido, {name}. Es la idea {number}: «{idea}». La lista cerró: va a la reunión del {day}. Una persona la"
            " lee antes del {read}.",
            "¿La ponemos en la lista pública?",
        ),
        PUBLISH,
    ),
    (("La lista de {lab} cerró el {closed}. Tu idea va a la reunión del {day}.", "¿Qué pasa?"), ()),
    (("Ya la tengo: es tu idea {number}.", "¿Agrego algo?"), SI_NO),
    (("Idea {number}: {steps}.", "¿Qué quieres?"), ("Detalle", "No estoy de acuerdo", "Quitarla")),
    (
        ("En la lista pública hay ideas tuyas: {count}.", "¿Quedan ahí, sin tu nombre?"),
        ("Sí", "No, bórralas"),
    ),
    (("¿Qué quieres?",), ("No ir a la reunión", "Dejar esta pregunta", "No recibir más")),
    (("No tengo una pregunta pendiente.", "¿Qué quieres?"), ("Reuniones", "Elegir", "Mi idea", "Hablar")),
    (("El laboratorio de {lab} terminó el {day}.", "¿Qué quieres?"), ("Ver el resultado", "Ir a la próxima reunión")),
    (("No conozco {typed}.", "¿Querías decir {keyword}?"), SI_NO),
    (("Hola. Soy Convoca, de {organiser}. Aviso de reuniones de vecinos.", "¿Qué comunidad buscas?"), ()),
    (
        (
            "Voy a borrar tu nombre, tu número y tu lugar. Tu elección queda en el total, sin tu nombre.",
            "De tu permiso queda 3 años una clave, sin tu nombre.",
            "Para confirmar, escribe BORRAR.",
        ),
        (),
    ),
)
# These may take two: the ballot and what we hold of a person.
LONG_WHOLE: Sequence[tuple[tuple[str, ...], tuple[str, ...]]] = (
    (
        (
            "Ahora toca elegir en {lab}, hasta {k}. Termina el {closes}. Es confidencial, no secreto: PRIVACIDAD.",
            "¿Qué debe ir primero? Escribe hasta {numbers} o manda un audio. Ejemplo: {example}",
        ),
        ("Acueducto1", "Alumbrado2", "Transporte", "Basurero12", "Hospital12", "Telefonos1"),
    ),
    (
        (
            "Tengo de ti: nombre {name}, edad {age}, permiso del {when}.",
            "Tus teléfonos: {channels}.",
            "Reunión: {day}, vas. Código: {code}.",
            "Elecciones: {count}.",
            "Ideas: {count}.",
            "¿Qué quieres?",
        ),
        ("Corregir", "Borrar todo", "No recibir más"),
    ),
)
