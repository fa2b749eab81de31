"""A loader for latencies: all connections send the body at once, wave after wave.

It does less for each octet than a runtime with promises can, so that the time until the reply is
the server's. Its one argument is loader.ts's settings as JSON; it prints what loader.ts prints.
"""

import json
import math
import select
import socket
import sys
import time

HEAD = b"From: <sender@example.com>\r\nTo: <recipient@example.com>\r\nSubject: load\r\n\r\n"
LINE = b"X" * 78 + b"\r\n"
#: Longest wait for any reply, in seconds.
PATIENCE = 60


class Loader:
    """Some connections to one server."""

    def __init__(self, port, connections):
        self.poll = select.epoll()
        self.socks = {}
        self.latencies = []
        for _ in range(connections):
            sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
            self.poll.register(sock.fileno(), select.EPOLLIN)
            self.socks[sock.fileno()] = sock

    def ask(self, octets, digit, timed=False, last=False):
        """Sends the same on every connection, and waits for one reply on each."""
        now = time.perf_counter
        begun = {}
        for number, sock in self.socks.items():
            begun[number] = now()
            if octets and sock.send(octets) != len(octets):
                raise RuntimeError("the connection did not take the message at once")
        parts = {}
        while begun:
            events = self.poll.poll(PATIENCE)
            if not events:
                raise RuntimeError(f"{len(begun)} replies did not come")
            for number, _ in events:
                reply = parts.pop(number, b"") + self.socks[number].recv(2048)
                if not is_whole(reply, digit):
                    parts[number] = reply
                    continue
                begin = begun.pop(number)
                if last:
                    # The server closes the connection now.
                    self.poll.unregister(number)
                if timed:
                    self.latencies.append((now() - begin) * 1000)


def is_whole(reply, digit):
    """Whether it is a reply to its end; raises an exception where it is not the one expected."""
    if not reply or reply[:1] != digit:
        raise RuntimeError(f"not the reply that was expected, got {reply[:300]!r}")
    if reply[-1:] != b"\n":
        return False
    last = reply.rfind(b"\n", 0, -1) + 1
    return reply[last + 3 : last + 4] == b" "


def main():
    settings = json.loads(sys.argv[1])
    load = settings["load"]
    body = HEAD + LINE * max(0, load["octets"] // len(LINE)) + b".\r\n"
    waves = math.ceil(settings["messages"] / load["connections"])
    loader = Loader(settings["port"], load["connections"])
    loader.ask(b"", b"2")
    loader.ask(b"EHLO client.example.com\r\n", b"2")
    used, begin = time.process_time(), time.perf_counter()
    for _ in range(waves):
        loader.ask(b"MAIL FROM:<sender@example.com>\r\n", b"2")
        for at in range(load["recipients"]):
            loader.ask(b"RCPT TO:<%drecipient@example.com>\r\n" % at, b"2")
        loader.ask(b"DATA\r\n", b"3")
        loader.ask(body, b"2", timed=True)
    seconds, used = time.perf_counter() - begin, time.process_time() - used
    loader.ask(b"QUIT\r\n", b"2", last=True)
    latencies = sorted(loader.latencies)
    result = {
        "sent": len(latencies),
        "milliseconds": seconds * 1000,
        "latency": latencies[math.ceil(len(latencies) * 0.99) - 1],
        "busy": used / seconds,
    }
    print(json.dumps(result))


main()
