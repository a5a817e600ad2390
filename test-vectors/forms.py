"""The short forms of the case files: text and bodies written as pieces and repetitions."""

import base64


def expand_text(text):
    """Spell out a TEXT form."""
    if isinstance(text, str):
        return text
    if set(text) == {"repeat", "times"}:
        return text["repeat"] * text["times"]
    if set(text) == {"concat"}:
        return "".join(expand_text(piece) for piece in text["concat"])
    raise ValueError(f"not a text form: {text!r}")


def expand_body(body):
    """Spell out a BODY form as bytes."""
    if set(body) == {"utf8"}:
        return expand_text(body["utf8"]).encode("utf-8")
    if set(body) == {"base64"}:
        return base64.b64decode(body["base64"], validate=True)
    if set(body) == {"hex"}:
        return bytes.fromhex(body["hex"])
    if set(body) == {"repeat", "times"}:
        return expand_body(body["repeat"]) * body["times"]
    if set(body) == {"concat"}:
        return b"".join(expand_body(piece) for piece in body["concat"])
    raise ValueError(f"not a body form: {body!r}")
