"""A proxy in front of a server, whose connections can be made to pass nothing any more."""

import select
import socket
from contextlib import suppress
from threading import Event, Thread

from tests.servers.ports import own_port


class Proxy:
    """Passes bytes on, in threads. `with Proxy(port) as proxy:`"""

    def __init__(self, server_port: int) -> None:
        self.port = own_port()
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._sockets: list[socket.socket] = []
        self._dead: list[Event] = []

    def __enter__(self) -> "Proxy":
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in [self._listener, *self._sockets]:
            each.close()

    def stall(self) -> None:
        """Let the connections that are open stay open, and pass nothing. New ones work."""
        for each in self._dead:
            each.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                self._sockets += [client, server]
                dead = Event()
                self._dead.append(dead)
                Thread(target=_pass, args=(client, server, dead), daemon=True).start()


def _pass(client: socket.socket, server: socket.socket, dead: Event) -> None:
    """Pass bytes both ways until one side ends, or for ever nothing."""
    other = {client: server, server: client}
    with suppress(OSError, ValueError):
        while True:
            readable, _, _ = select.select([client, server], [], [], 0.1)
            if dead.is_set():
                return  # both stay open
            for each in readable:
                content = each.recv(65_536)
                if not content:
                    client.close()
                    server.close()
                    return
                other[each].sendall(content)
