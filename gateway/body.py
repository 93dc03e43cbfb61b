"""Reads a request's body, and no more of it than is allowed."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from gateway.refusal import Refusal

SECONDS = 10.0


async def read(request: Request, most: int) -> bytes:
    """The body. Raises `Refusal` (400, 408, 413, 415)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "content_type", "send JSON, with Content-Type: application/json")
    too_large = Refusal(413, "too_large", f"the body has more than {most} bytes")
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > most:
        raise too_large
    found = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in request.stream():
                found += chunk
                if len(found) > most:
                    raise too_large
    except TimeoutError as error:
        raise Refusal(408, "slow_body", f"the body did not come within {SECONDS:.0f} s") from error
    except ClientDisconnect as error:
        raise Refusal(400, "cut_off", "the body was cut off") from error
    return bytes(found)
