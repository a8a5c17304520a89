"""An OpenID Connect provider for tests: a real server on this machine, real keys, real signatures."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

CLIENT_ID, CLIENT_SECRET = "sunmao", "a secret of the provider, of good length"


@dataclass
class OidcProvider:
    address: str
    key: Any = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    # What a test changes about the next answers.
    token: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    sign_with: Any = None
    algorithm: str = "RS256"
    user_info: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    shift: float = 0  # how far the provider's clock is ahead

    # What a person does there

    def agree(self, client: Client, slug: str, *, claims: dict[str, Any], **query: str) -> Any:
        """Begin at us, agree at the provider, come back with the code."""
        return client.get(self.way_back(client, slug, claims=claims, **query))

    def way_back(self, client: Client, slug: str, *, claims: dict[str, Any], **query: str) -> str:
        begun = client.get(f"/sso/{slug}/", query)
        assert begun.status_code == 302, begun.content
        return self.answer(begun.headers["Location"], claims)

    def answer(self, location: str, claims: dict[str, Any]) -> str:
        parts = urlsplit(location)
        assert location.startswith(f"{self.address}/authorize?")
        asked = dict(parse_qsl(parts.query))
        code = secrets.token_urlsafe(8)
        self.codes[code] = {"asked": asked, "claims": claims}
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': asked['state']})}"

    # What it serves

    def get(self, path: str, bearer: str) -> tuple[int, Any]:
        self.asked.append(path)
        match path:
            case "/.well-known/openid-configuration":
                return 200, {
                    "issuer": self.address,
                    "authorization_endpoint": f"{self.address}/authorize",
                    "token_endpoint": f"{self.address}/token",
                    "userinfo_endpoint": f"{self.address}/userinfo",
                    "jwks_uri": f"{self.address}/jwks",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                    **self.discovery,
                }
            case "/jwks":
                public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
                return 200, {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}
            case "/userinfo" if bearer in self.codes:
                return 200, {**self.codes[bearer]["claims"], **self.user_info}
        return 404, {}

    def post(self, path: str, given: dict[str, str]) -> tuple[int, Any]:
        self.asked.append(path)
        known = self.codes.get(given.get("code", ""))
        if path != "/token" or known is None or known.get("used"):
            return 400, {"error": "invalid_grant"}
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        ).rstrip(b"=")
        if known["asked"].get("code_challenge", "").encode() != challenge:
            return 400, {"error": "invalid_grant"}
        known["used"] = True
        return 200, {"access_token": given["code"], "token_type": "Bearer", "id_token": self.id_token(known)}

    def id_token(self, known: dict[str, Any]) -> str:
        moment = time.time() + self.shift
        claims = {
            "iss": self.address,
            "aud": CLIENT_ID,
            "iat": moment,
            "exp": moment + 300,
            "nonce": known["asked"]["nonce"],
            "sub": known["claims"]["sub"],
            **{name: known["claims"][name] for name in ("amr",) if name in known["claims"]},
            **self.token,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        signer = self.sign_with if self.sign_with is not None else self.key
        return jwt.encode(claims, signer, algorithm=self.algorithm, headers={"kid": "one", **self.header})


@contextmanager
def running() -> Iterator[OidcProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self._answer(*provider.get(urlsplit(self.path).path, bearer))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.post(urlsplit(self.path).path, given))

        def _answer(self, status: int, data: Any) -> None:
            body = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the parent's name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = OidcProvider(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
