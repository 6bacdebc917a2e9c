"""Verifies an access token with PyJWT: `verify_token.py ISSUER AUDIENCE`, the token on standard input. Prints the subject."""

import sys

import jwt

CLAIMS = ["iss", "aud", "sub", "sid", "gen", "roles", "cv", "auth_time", "iat", "exp", "jti", "client_id"]

issuer, audience = sys.argv[1:]
token = sys.stdin.read().strip()
try:
    if jwt.get_unverified_header(token).get("typ") != "at+jwt":
        raise jwt.InvalidTokenError("this is no access token")
    key = jwt.PyJWKClient(issuer + "/.well-known/jwks.json").get_signing_key_from_jwt(token)
    claims = jwt.decode(
        token, key.key, algorithms=["EdDSA"], issuer=issuer, audience=audience, options={"require": CLAIMS}
    )
except jwt.PyJWTError as error:
    sys.exit(type(error).__name__)
print(claims["sub"])
