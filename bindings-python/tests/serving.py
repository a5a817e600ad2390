"""An ASGI app under a real server, on a free loopback port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from wire import TIMEOUT


@contextmanager
def served(app: Any) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    # Its errors go to pytest's log.
    config = uvicorn.Config(app, log_config=None, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(TIMEOUT)
        listener.close()
    assert not thread.is_alive()
