"""Bearer tokens: JWT signed with a shared key or with a key of a JWKS, and API keys kept as hashes."""

import hashlib
import logging
import time
from collections.abc import Mapping
from typing import Any

import jwt
import orjson

from config.settings import Settings
from gateway.principal import ROLES, Principal, is_id
from gateway.refusal import unauthorised

SHARED_ALGORITHM = "HS256"
PUBLIC_ALGORITHMS = ("RS256", "ES256", "EdDSA")
LEAST_KEY_BYTES = 32
LEEWAY_SECONDS = 5
MOST_TOKEN_CHARS = 8192

log = logging.getLogger(__name__)


class AuthSettingError(ValueError):
    """A setting of the gateway's authentication is wrong. The message holds no secret."""


class Authenticator:
    """Knows principals by their tokens. `public_keys` (by key id) may be replaced while it runs."""

    def __init__(self, settings: Settings) -> None:
        self._shared = settings.gateway_jwt_key.get_secret_value()
        if self._shared and len(self._shared.encode()) < LEAST_KEY_BYTES:
            raise AuthSettingError(
                f"MASTERX_GATEWAY_JWT_KEY is shorter than {LEAST_KEY_BYTES} bytes; make one with: openssl rand -hex 32"
            )
        self._api_keys = read_api_keys(settings.gateway_api_keys.get_secret_value())
        self._issuer = settings.gateway_jwt_issuer or None
        self._audience = settings.gateway_jwt_audience or None
        self.public_keys: Mapping[str, jwt.PyJWK] = {}

    def principal(self, token: str) -> Principal:
        """Who presents `token`. Raises `Refusal` (401), whose line says no more than is needed to mend it."""
        if not token or len(token) > MOST_TOKEN_CHARS:
            raise unauthorised("send a token: Authorization: Bearer TOKEN")
        known = self._api_keys.get(hashlib.sha256(token.encode("utf-8", "replace")).hexdigest())
        if known is not None:
            return known
        if token.count(".") != 2:
            raise unauthorised("the API key is not known")
        return self._from_claims(self._claims(token))

    def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            algorithm = jwt.get_unverified_header(token).get("alg")
            key: Any
            # The algorithm chooses between keys of different kinds; a key is only ever used with its own.
            if algorithm == SHARED_ALGORITHM and self._shared:
                key = self._shared
            elif algorithm in PUBLIC_ALGORITHMS and self.public_keys:
                key = self._public_key(token, algorithm)
            else:
                raise unauthorised("the token is not signed in a way that is taken here")
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp"], "verify_aud": self._audience is not None},
            )
        except jwt.ExpiredSignatureError as error:
            raise unauthorised("the token has expired; get a new one") from error
        except jwt.MissingRequiredClaimError as error:
            raise unauthorised(f"the token lacks the claim {error.claim}") from error
        except jwt.InvalidIssuerError as error:
            raise unauthorised("the token is from another issuer") from error
        except jwt.InvalidAudienceError as error:
            raise unauthorised("the token is for another audience") from error
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise unauthorised("the token is not valid") from error
        return claims

    def _public_key(self, token: str, algorithm: str) -> jwt.PyJWK:
        key = self.public_keys.get(jwt.get_unverified_header(token).get("kid", ""))
        if key is None or key.algorithm_name != algorithm:
            raise unauthorised("the token is signed with a key that is not known here")
        return key

    @staticmethod
    def _from_claims(claims: Mapping[str, Any]) -> Principal:
        tenant, learner, role = claims.get("tenant"), claims.get("learner"), claims.get("role")
        if role not in ROLES:
            raise unauthorised(f"the token's claim role is none of {', '.join(ROLES)}")
        if not is_id(tenant):
            raise unauthorised("the token's claim tenant is missing or no id")
        if (learner is not None or role == "learner") and not is_id(learner):
            raise unauthorised("the token's claim learner is missing or no id")
        return Principal(str(tenant), role, learner, float(claims["exp"]) + LEEWAY_SECONDS)


def read_api_keys(text: str) -> dict[str, Principal]:
    """`TENANT:ROLE:SHA256` entries, comma-separated, by their hash. Raises `AuthSettingError`."""
    found: dict[str, Principal] = {}
    for number, entry in enumerate((part.strip() for part in text.split(",") if part.strip()), start=1):
        tenant, _, rest = entry.partition(":")
        role, _, digest = rest.partition(":")
        digest = digest.lower()
        if role not in ("staff", "admin") or not is_id(tenant) or len(digest) != 64 or not _is_hex(digest):
            raise AuthSettingError(
                f"MASTERX_GATEWAY_API_KEYS: entry {number} is no TENANT:staff:SHA256 or TENANT:admin:SHA256; "
                "make the hash with: printf %s KEY | sha256sum"
            )
        whose = Principal(tenant, "admin" if role == "admin" else "staff")
        if found.setdefault(digest, whose) != whose:
            raise AuthSettingError(
                f"MASTERX_GATEWAY_API_KEYS: entry {number} has the key of an earlier one, for another tenant or role"
            )
    return found


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdef" for character in text)


def read_jwks(payload: bytes) -> dict[str, jwt.PyJWK]:
    """The signing keys of a JWKS document by their key id. Raises `AuthSettingError`."""
    try:
        keys = orjson.loads(payload)["keys"]
        found = {}
        for entry in keys:
            if entry.get("use", "sig") != "sig" or "kid" not in entry or entry.get("kty") == "oct":
                continue
            try:
                found[entry["kid"]] = jwt.PyJWK(entry)
            except jwt.PyJWTError:
                # A kind that is not known here must not cost the others: RFC 7517, section 5.
                log.warning("a public key is passed over: it is of no kind that is known here, or damaged")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise AuthSettingError(f"no JWKS document: {type(error).__name__}") from error
    if not found:
        raise AuthSettingError("the JWKS document holds no public signing key with a key id")
    return found


def sign(key: str, *, tenant: str, role: str, learner: str | None, seconds: float) -> str:
    """A token signed with the shared `key` that is good for `seconds`: for development and tests."""
    claims = {"tenant": tenant, "role": role, "exp": int(time.time() + seconds)}
    return jwt.encode(claims | ({"learner": learner} if learner is not None else {}), key, SHARED_ALGORITHM)


def bearer(header: str | None) -> str:
    """The token in an Authorization header. Raises `Refusal`."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorised("send a token: Authorization: Bearer TOKEN")
    return token.strip()
