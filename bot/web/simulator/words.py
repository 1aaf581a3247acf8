"""What the simulator's page calls things: rows, reasons, states. Spanish; short sentences."""

from __future__ import annotations

from storage.simulator import Row

NAMES = {"sms": "SMS", "whatsapp": "WhatsApp", "telegram": "Telegram"}
ANCHORS = NAMES | {"team": "Equipo"}
STATES = {
    "sent": "enviados",
    "pending": "esperan",
    "failed": "fallaron",
    "unknown": "no se sabe",
    "skipped": "fuera",
}
BROADCASTS = {
    "first_contact": "Primera pregunta a una lista",
    "invitation": "Invitación a la reunión",
    "reminder": "Recordatorio de la reunión",
    "offer": "Se abrió un lugar",
    "ballot": "La elección empezó",
    "ballot_reminder": "Falta poco para el cierre",
    "ballot_changed": "Se retiró una opción",
    "closing": "La elección cerró",
    "result": "Qué se eligió y por qué",
    "commitment": "Novedad de lo prometido",
    "asking": "¿Se cumplió?",
    "story": "Lo que se logró",
    "shown": "¿Podemos usar tu foto?",
    "change": "Cambió la reunión",
    "suspension": "Se suspendió la reunión",
    "needs": "¿Qué necesita para venir?",
    "correction": "Corrección de un mensaje",
}
REASONS = {
    "unauthorised": "la comunidad no lo autoriza",
    "no_consent": "sin permiso",
    "no_address": "sin teléfono",
    "opted_out": "pidió no recibir más",
    "unreachable": "su teléfono no recibe",
    "cap": "ya recibió dos avisos esta semana",
    "gone": "su teléfono no recibe",
    "answered": "ya contestó",
    "shared": "en un teléfono ya avisado",
    "no_text": "sin texto en su idioma",
    "erased": "borró sus datos",
    "joined": "es la misma persona, por otro teléfono",
    "parted": "no era su teléfono",
    "changed": "la reunión cambió",
    "corrected": "el mensaje se corrigió",
    "asked": "ya se le preguntó",
    "expired": "se pasó la hora",
    "closed": "la elección cerró antes",
    "cancelled": "la reunión se suspendió",
}
_PLACES = {
    "registered": "Va a la reunión {about}",
    "waiting": "En lista de espera de {about}",
    "offered": "Se le ofreció un lugar en {about}",
    "unsure": "Aún no sabe si va a {about}",
    "declined": "No va a {about}",
    "cancelled": "Devolvió su lugar en {about}",
    "attended": "Llegó a {about}",
    "no_show": "No llegó a {about}",
    "invited": "Invitada a {about}",
}
_OTHERS = {
    "person": "Persona creada, seudónimo {about}",
    "consent": "Permiso guardado con el texto exacto",
    "follow": "Pidió que le avisen qué pasa",
    "decision": "Decisión con su razón: {about}",
    "commitment": "Promesa: {about}",
    "followup": "Contestó si se cumplió",
    "staff_role": "Parte del equipo: puede facilitar",
    "handover": "Espera a una persona del equipo",
    "not_understood": "Mensaje sin entender, para el equipo",
    "suppression": "Un número salió. No se le escribe más",
    "erasure": "Datos borrados, comprobante {about}",
}
_AUDIT = {
    "plan.loaded": "Plan cargado: {about}",
    "session_published": "Reunión {about} publicada",
    "contest.opened": "Elección abierta, opciones congeladas",
    "contest.closed": "Elección cerrada y contada",
    "contest.tie_broken": "Empate resuelto por sorteo",
    "contest.published": "Resultado publicado",
    "commitment.made": "Promesa anotada: {about}",
    "commitment.updated": "Novedad de lo prometido: {about}",
    "commitment.asked": "Se pregunta si se cumplió: {about}",
    "commitment.counted": "Respuestas contadas: {about}",
    "commitment.reopened": "Tema abierto otra vez: {about}",
    "ballots.unlinked": "Elecciones separadas de sus nombres",
    "phones.joined": "Dos teléfonos, una persona",
    "phones.parted": "Dos teléfonos separados otra vez",
    "ballot.joined": "Eligió por dos teléfonos: vale la última",
    "log.published": "Fin del registro del día publicado",
    "turn_failed": "Un turno falló y se deshizo: {about}",
    "loop_guard": "Demasiados mensajes seguidos por {about}",
    "provider_answered": "El proveedor respondió {about}",
}


def stored(row: Row) -> str:
    """One stored row in words. Never what somebody chose."""
    if row.table == "registration_log":
        return _PLACES.get(row.kind, row.kind).format(about=row.about)
    if row.table == "broadcast":
        title = BROADCASTS.get(row.kind, row.kind)
        return f"{title}: {row.number} {'persona' if row.number == 1 else 'personas'}"
    if row.table == "ballot":
        return "Eligió. Su elección queda guardada" if row.number <= 1 else "Cambió su elección"
    if row.table == "audit_event":
        return _AUDIT.get(row.kind, "Suceso: " + row.kind + " {about}").replace("{about}", row.about).strip()
    return _OTHERS[row.table].format(about=row.about)


def people(count: int) -> str:
    """'1 persona', '4 personas'."""
    return f"{count} persona" if count == 1 else f"{count} personas"


def vecinos(count: int) -> str:
    """'1 vecino', '6 vecinos'."""
    return f"{count} vecino" if count == 1 else f"{count} vecinos"


def listed(parts: list[str]) -> str:
    """'a, b y c'."""
    return " y ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def reason(key: str) -> str:
    """Why somebody was left out."""
    return REASONS.get(key, key.replace("_", " "))
