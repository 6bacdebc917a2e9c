import { createRemoteJWKSet, errors, jwtVerify } from "jose";

import { expect, newEmail, PASSWORD, test } from "../fixtures";

// A verifier that nobody here wrote: what the field's usual library says of our tokens.
test("jose accepts our access tokens with nothing but the JWKS, and refuses altered ones", async ({ request, server }) => {
  const reply = await request.post(`${server.url}/api/sign_up`, {
    form: { email: newEmail(), password: PASSWORD, display_name: "Ann Lee" },
  });
  const { access_token: token, user } = (await reply.json()) as { access_token: string; user: { id: string } };
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", server.url));
  const verify = (text: string, audience = "tabkey") =>
    jwtVerify(text, keys, {
      // The server that tests start does not know its port beforehand.
      issuer: "http://127.0.0.1:0",
      audience,
      typ: "at+jwt",
      algorithms: ["EdDSA"],
      requiredClaims: ["sub", "sid", "gen", "roles", "cv", "auth_time", "iat", "exp", "jti", "client_id"],
    });

  expect((await verify(token)).payload.sub).toBe(user.id);

  const [header = "", claims = "", signature = ""] = token.split(".");
  const forged = Buffer.from(claims, "base64url").toString().replace('"roles":[]', '"roles":["admin"]');
  expect(forged).toContain("admin");
  const altered = [header, Buffer.from(forged).toString("base64url"), signature].join(".");
  await expect(verify(altered)).rejects.toBeInstanceOf(errors.JWSSignatureVerificationFailed);
  await expect(verify([header, claims, ""].join("."))).rejects.toBeInstanceOf(errors.JWSSignatureVerificationFailed);
  const unsigned = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url");
  await expect(verify([unsigned, claims, ""].join("."))).rejects.toBeInstanceOf(errors.JOSEAlgNotAllowed);
  await expect(verify(token, "another-service")).rejects.toBeInstanceOf(errors.JWTClaimValidationFailed);
});
