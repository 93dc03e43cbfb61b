from starlette.routing import Route

from benchmarks.gateway.security.asking import OPEN, Target, filled, guarded, sockets, unknown
from gateway.app import routes

TARGET = Target("vera", "00000000-0000-0000-0000-000000000001")


def test_no_route_is_passed_over_and_each_can_be_asked_for() -> None:
    assert unknown() == []
    opened = [route.path for route in routes() if isinstance(route, Route) and route.path in OPEN]
    assert len(guarded()) + len(sockets()) + len(opened) == len(routes())
    assert all("{" not in filled(route.path, TARGET) for route in [*guarded(), *sockets()])


def test_what_is_open_needs_no_token_by_the_document_or_is_a_page() -> None:
    from gateway.openapi import document

    for path, methods in document()["paths"].items():
        for operation in methods.values():
            assert (operation.get("security") == []) == (path in OPEN - {"/metrics"}), path
