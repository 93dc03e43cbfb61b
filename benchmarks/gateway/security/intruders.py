"""Tokens that are none."""

import base64
import json
import time
from typing import Any

import jwt

from benchmarks.gateway.process import GatewayProcess
from gateway.auth import sign

LEARNER = "ada"


def authorizations(gateway: GatewayProcess) -> dict[str, str | None]:
    """Authorization headers that nobody may be known by, by what is wrong with them."""
    good = gateway.token(LEARNER)
    head, payload, signature = good.split(".")
    other = gateway.token(LEARNER, tenant="other", role="admin").split(".")[1]
    tokens: dict[str, str] = {
        "expired": gateway.token(LEARNER, seconds=-60),
        "forged: signed with another key": sign("f" * 64, tenant="school", role="admin", learner=None, seconds=60),
        "forged: payload of another token": f"{head}.{other}.{signature}",
        "forged: not signed": f"{_part({'alg': 'none'})}.{payload}.",
        "forged: HS256 passed off as RS256": f"{_part({'alg': 'RS256', 'kid': 'a'})}.{payload}.{signature}",
        "forged: signature cut short": good[:-8],
        "without an end": _signed(gateway, exp=None),
        "of a role that is none": _signed(gateway, role="root"),
        "of no tenant": _signed(gateway, tenant=""),
        "of a tenant with a slash in it": _signed(gateway, tenant="school/ada"),
        "of a learner with a slash in it": _signed(gateway, learner="a/b"),
        "of a learner who is nobody": _signed(gateway, learner=None),
        "of a tenant that is a number": _signed(gateway, tenant=5),
        "an API key that is not known": "secret",
        "no token's form": "a.b.c",
        "too long": "x" * 9000,
    }
    return {
        "none": None,
        "another scheme": "Basic " + base64.b64encode(b"ada:ada").decode(),
        "empty": "Bearer",
        **{name: f"Bearer {token}" for name, token in tokens.items()},
    }


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _signed(gateway: GatewayProcess, **other: Any) -> str:
    """A token under the right key with wrong claims; None leaves a claim out."""
    claims = {"tenant": "school", "role": "learner", "learner": LEARNER, "exp": int(time.time() + 600), **other}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, gateway.key, "HS256")
