from starlette.routing import Route, WebSocketRoute

from gateway.app import routes
from gateway.openapi import DOCUMENT, document, text

# What people open, and the document itself.
PAGES = {"/", "/{name}", "/openapi.json"}


def test_the_document_in_docs_is_the_one_that_is_made() -> None:
    assert DOCUMENT.read_bytes() == text(), "run: python -m gateway.openapi"


def test_every_route_is_in_the_document_and_nothing_else() -> None:
    served = set()
    for route in routes():
        assert isinstance(route, Route | WebSocketRoute)
        methods = {"GET"} if isinstance(route, WebSocketRoute) else (route.methods or set()) - {"HEAD"}
        served |= {(route.path, method.lower()) for method in methods}
    described = {(path, method) for path, methods in document()["paths"].items() for method in methods}
    assert {entry for entry in served if entry[0] not in PAGES} == described
