"""Deliveries signed with the standard library: what a sender does, not what the package does."""

from __future__ import annotations

import base64
import hashlib
import hmac

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the sample that Svix publishes
NOW = 1_614_265_330
BODY = b'{"id":"evt_1","type":"customer.at_risk","data":{"object":{"name":"Ren\xc3\xa9e"}}}'
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"


def mac(key: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def key_of(secret: str = SECRET) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def svix(
    body: bytes = BODY, *, secret: str = SECRET, id: str = ID, timestamp: int = NOW
) -> dict[str, str]:
    signature = mac(key_of(secret), f"{id}.{timestamp}.".encode() + body)
    return {
        "svix-id": id,
        "svix-timestamp": str(timestamp),
        "svix-signature": f"v1,{signature}",
    }


def pivotal(
    body: bytes = BODY, *, secret: str = SECRET, timestamp: int = NOW, **unsigned: str
) -> dict[str, str]:
    signature = mac(secret.encode(), f"{timestamp}.".encode() + body)
    extra = {f"pivotal-{name.replace('_', '-')}": value for name, value in unsigned.items()}
    return {"pivotal-signature": f"v1,t={timestamp},sig={signature}", **extra}


def pivot(body: bytes = BODY, *, secret: str = SECRET) -> dict[str, str]:
    return {"x-pivot-signature": hmac.digest(secret.encode(), body, hashlib.sha256).hex()}
