"""What a person reads when something is refused, missing or broken: what happened and what to do now."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.web.pages import page

_WORDS = {
    403: (
        "Este envío llegó desde otra página.",
        "Por seguridad no se guardó. Abre esta página otra vez y prueba de nuevo.",
    ),
    404: ("Esta página no existe.", "Revisa la dirección, o vuelve al inicio."),
    405: ("Esta dirección no se usa así.", "Vuelve al inicio y prueba desde ahí."),
    413: ("El envío es demasiado grande.", "No se guardó. Escríbelo en menos palabras."),
    421: (
        "Esta página se abrió con otro nombre.",
        "Por seguridad no se atiende. Ábrela por su dirección de siempre; la demostración, por 127.0.0.1 o localhost.",
    ),
    500: ("Algo falló de nuestro lado.", "No es culpa tuya. Prueba otra vez en un rato."),
}
CORS = {"access-control-allow-origin": "*"}  # of open data: it is anybody's, and no cookie goes with it
OPEN_DATA = "/api/"
_OTHER = ("No se pudo hacer.", "Vuelve al inicio y prueba de nuevo.")


def answer(status: int) -> Response:
    """The page of an error."""
    title, advice = _WORDS.get(status, _OTHER)
    return page("errors/page.html", status=status, title=title, advice=advice, code=status)


def in_json(status: int) -> Response:
    """The same for who reads open data."""
    return JSONResponse({"error": HTTPStatus(status).phrase, "status": status}, status, CORS)


def foreign() -> Response:
    """A request that another site's page has sent."""
    return answer(403)


def misdirected() -> Response:
    """A request to a name that is not ours."""
    return answer(421)


def too_long() -> Response:
    """A body over the limit."""
    return answer(413)


async def told(request: Request, exc: Exception) -> Response:
    """Starlette's refusals (404, 405 ...), with their own headers."""
    status = exc.status_code if isinstance(exc, HTTPException) else 500
    response = in_json(status) if request.url.path.startswith(OPEN_DATA) else answer(status)
    if isinstance(exc, HTTPException):
        response.headers.update(exc.headers or {})
    return response
