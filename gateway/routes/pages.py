"""The pages for browsers: fixed files, the same for everyone. They ask for a token, and keep it to their tab."""

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.refusal import Refusal

HERE = Path(__file__).parent.parent / "pages"
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@cache
def files() -> dict[str, tuple[bytes, str]]:
    """Content and type of each file, by name."""
    return {
        path.name: (path.read_bytes(), KINDS[path.suffix]) for path in sorted(HERE.iterdir()) if path.suffix in KINDS
    }


async def page(request: Request) -> Response:
    """`/chat`, `/dashboard`, `/ahead`, `/learner`, `/why` and what they load, by name."""
    name = request.path_params["name"]
    found = files().get(name) or files().get(f"{name}.html")
    if found is None:
        raise Refusal(404, "not_found", "there is no such page")
    content, kind = found
    return Response(content, media_type=f"{kind}; charset=utf-8", headers={"Cache-Control": "no-cache"})


async def front(_request: Request) -> Response:
    """`/`."""
    return RedirectResponse("/chat", 307)
