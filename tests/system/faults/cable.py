"""The cable between a program and PostgreSQL: it may be slow, be cut, or lead nowhere."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

State = Literal["whole", "slow", "dead", "cut"]


class Cable:
    """Passes bytes on both ways. ``slow``: each part late; ``dead``: nothing comes, nothing fails;
    ``cut``: connections are reset, and new ones refused."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._state: State = "whole"
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._over = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def be(self, state: State) -> None:
        """From now on, also for connections that are there; dead ones stay so until cut."""
        self._state = state
        if state == "cut":
            self._drop()

    def mend(self) -> None:
        """Whole again; what was said meanwhile is lost, as after minutes on a real network."""
        self._drop()
        self._state = "whole"

    def close(self) -> None:
        self._over = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()
        self._drop()

    def _drop(self) -> None:
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _accept(self) -> None:
        while not self._over:
            with suppress(OSError):
                here, _ = self._listener.accept()
                self._open.append(here)
                if self._over or self._state == "cut":
                    here.close()
                    continue
                there = socket.create_connection(("127.0.0.1", self._to))
                self._open.append(there)
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while data := here.recv(65536):
                if self._state == "slow":
                    time.sleep(0.2)
                while self._state == "dead":
                    time.sleep(0.05)
                there.sendall(data)
        for one in (here, there):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def cables(to: int, number: int) -> Iterator[list[Cable]]:
    """So many, to the server at that port."""
    made = [Cable(to) for _ in range(number)]
    try:
        yield made
    finally:
        for one in made:
            one.close()
