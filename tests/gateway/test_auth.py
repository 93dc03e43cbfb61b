import hashlib
import time
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from config.settings import Settings
from gateway.auth import LEEWAY_SECONDS, Authenticator, AuthSettingError, bearer, read_api_keys, read_jwks, sign
from gateway.principal import Principal
from gateway.refusal import Refusal

KEY = "k" * 32
# Tokens are made when tests are collected, and a run of them all takes its time.
DAY = 86_400
CLAIMS: dict[str, Any] = {"tenant": "school", "learner": "ada", "role": "learner"}


def authenticator(**settings: Any) -> Authenticator:
    return Authenticator(Settings(_env_file=None, **{"gateway_jwt_key": KEY, **settings}))


def token(key: Any = KEY, algorithm: str = "HS256", headers: Any = None, **claims: Any) -> str:
    said = {**CLAIMS, "exp": int(time.time()) + DAY, **claims}
    return jwt.encode({k: v for k, v in said.items() if v is not None}, key, algorithm, headers)


def refusal(who: Authenticator, text: str) -> Refusal:
    with pytest.raises(Refusal) as refused:
        who.principal(text)
    assert refused.value.status == 401
    return refused.value


def test_a_learners_token_is_that_learner() -> None:
    text = sign(KEY, tenant="school", role="learner", learner="ada", seconds=60)
    found = authenticator().principal(text)
    assert (found.tenant, found.role, found.learner, found.is_staff) == ("school", "learner", "ada", False)


def test_a_token_is_good_until_its_moment_and_the_leeway() -> None:
    exp = int(time.time()) + DAY
    assert authenticator().principal(token(exp=exp)).expires_at == exp + LEEWAY_SECONDS


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "send a token"),
        ("x" * 9000, "send a token"),
        ("a.b.c", "not valid"),
        ("é.é.é", "not valid"),
        (token(exp=int(time.time()) - 60), "expired"),
        (token(exp=None), "lacks the claim exp"),
        (token(key="o" * 32), "not valid"),
        (token(key=KEY * 2, algorithm="HS512"), "not signed in a way"),
        (token(key=None, algorithm="none"), "not signed in a way"),
        (token(role="root"), "role"),
        (token(role=None), "role"),
        (token(tenant=None), "tenant"),
        (token(tenant="a/b"), "tenant"),
        (token(tenant=["school"]), "tenant"),
        (token(learner=None), "learner"),
        (token(learner="../x"), "learner"),
        (token(learner=7), "learner"),
    ],
)
def test_bad_tokens_are_refused_with_a_line_that_holds_nothing_secret(text: str, line: str) -> None:
    refused = refusal(authenticator(), text)
    assert line in refused.line
    assert KEY not in refused.line
    assert not text or text not in refused.line


def test_issuer_and_audience_are_checked_where_they_are_set() -> None:
    who = authenticator(gateway_jwt_issuer="us", gateway_jwt_audience="tutor")
    assert who.principal(token(iss="us", aud="tutor")).learner == "ada"
    assert "issuer" in refusal(who, token(iss="them", aud="tutor")).line
    assert "audience" in refusal(who, token(iss="us", aud="shop")).line
    assert "lacks the claim" in refusal(who, token(iss="us")).line


def test_public_keys_of_a_jwks() -> None:
    private, other = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)
    curve = ec.generate_private_key(ec.SECP256R1())
    public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True) | {"kid": "one", "alg": "RS256"}
    second = ECAlgorithm(ECAlgorithm.SHA256).to_jwk(curve.public_key(), as_dict=True) | {"kid": "two"}
    shared = {"kty": "oct", "k": "AAAA", "kid": "three"}
    who = authenticator(gateway_jwt_key="")
    # Kinds that nobody here knows yet, and a damaged one, do not cost the others.
    unknown = [{"kty": "AKP", "alg": "ML-DSA-65", "kid": "four"}, public | {"kid": "five", "alg": "RSA-OAEP"}]
    who.public_keys = read_jwks(
        orjson.dumps({"keys": [*unknown, {"kty": "RSA", "kid": "six"}, public, second, shared]})
    )
    assert set(who.public_keys) == {"one", "two"}
    assert who.principal(token(private, "RS256", {"kid": "one"})).learner == "ada"
    assert who.principal(token(curve, "ES256", {"kid": "two"})).learner == "ada"
    refusal(who, token(other, "RS256", {"kid": "one"}))
    refusal(who, token(private, "RS256", {"kid": "two"}))
    refusal(who, token(private, "RS256", {"kid": "nine"}))
    refusal(who, token(private, "RS256"))
    # Signed with the public key as if it were a shared one.
    refusal(who, token(public["n"][:64], "HS256", {"kid": "one"}))


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"keys": []}', b'{"keys": [{"kty": "RSA", "kid": "a"}]}'])
def test_what_is_no_jwks_is_refused(payload: bytes) -> None:
    with pytest.raises(AuthSettingError):
        read_jwks(payload)


@pytest.mark.parametrize("key", ["secret", "mx.live.secret"])
def test_api_keys_are_known_by_their_hash_whatever_their_form(key: str) -> None:
    digest = hashlib.sha256(key.encode()).hexdigest()
    who = authenticator(gateway_api_keys=f"school:staff:{digest}")
    assert who.principal(key) == Principal("school", "staff")
    refusal(who, key.title())
    refusal(who, digest)


@pytest.mark.parametrize("text", ["school:learner:" + "0" * 64, "school:staff:0", "x", "a/b:staff:" + "0" * 64, "::"])
def test_wrong_api_key_settings_are_named_without_their_content(text: str) -> None:
    with pytest.raises(AuthSettingError) as wrong:
        read_api_keys(text)
    assert "entry 1" in str(wrong.value)
    assert "0000" not in str(wrong.value)


def test_a_key_of_two_tenants_or_roles_is_nobody_s() -> None:
    one, two = "ab" * 32, "cd" * 32
    for other in ("other:staff", "school:admin"):
        with pytest.raises(AuthSettingError, match="entry 3 has the key of an earlier one"):
            read_api_keys(f"school:staff:{one}, other:staff:{two}, {other}:{one.upper()}")
    assert len(read_api_keys(f"school:staff:{one}, school:staff:{one}")) == 1


def test_a_short_shared_key_is_refused() -> None:
    with pytest.raises(AuthSettingError, match="32 bytes"):
        authenticator(gateway_jwt_key="short")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "abc"])
def test_headers_without_a_bearer_token(header: str | None) -> None:
    with pytest.raises(Refusal):
        bearer(header)


def test_a_bearer_header() -> None:
    assert bearer("bearer abc ") == "abc"


def test_whom_a_principal_may_act_for() -> None:
    learner, staff = Principal("school", "learner", "ada"), Principal("school", "staff")
    assert learner.learner_asked_for(None) == learner.learner_asked_for("ada") == "ada"
    assert staff.learner_asked_for("ben") == "ben"
    assert staff.key("ben") == b"school/ben"
    for who, asked in ((learner, "ben"), (staff, None), (staff, "a/b"), (staff, "")):
        with pytest.raises(Refusal) as refused:
            who.learner_asked_for(asked)
        assert refused.value.status == 403
    staff.require_staff()
    with pytest.raises(Refusal):
        learner.require_staff()
