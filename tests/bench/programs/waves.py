"""A loader for latencies: all connections end a message at once, wave after wave.

In a wave every connection first gets as far as the body. Then the bodies go out, one connection after
the other, and right behind them the final dots. A connection's time begins just before its dot is
written and ends as soon as its reply has been read; nothing is checked or kept in between. There is
one process, as two would take the server's core from it on a small machine; it waits in epoll while
the server works, and tells how much of a core it used between the first body and the last reply.

The latency of a run is the 99th centile of each wave, and of those the median: a wave is the event
that is asked about, and a neighbour on the machine that spoils one of ten shall not decide.

Its one argument is loader.ts's settings as JSON; it prints what loader.ts prints.
"""

import gc
import json
import math
import select
import socket
import statistics
import sys
import time

HEAD = b"From: <sender@example.com>\r\nTo: <recipient@example.com>\r\nSubject: load\r\n\r\n"
LINE = b"X" * 78 + b"\r\n"
#: Longest wait for any reply, in seconds.
PATIENCE = 60
#: Waves before the clock starts: what a server sets up once for a connection is no latency.
WARM_UP = 2


class Loader:
    """Some connections to one server."""

    def __init__(self, port, connections):
        self.poll = select.epoll()
        self.socks = {}
        for _ in range(connections):
            sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
            self.poll.register(sock.fileno(), select.EPOLLIN)
            self.socks[sock.fileno()] = sock
        # Looked up once, not at each turn of a loop.
        self.sends = [(number, sock.send) for number, sock in self.socks.items()]
        self.recvs = {number: sock.recv for number, sock in self.socks.items()}

    def send(self, octets):
        """Writes the same on every connection; returns when each write began, in seconds."""
        now = time.perf_counter
        begun = {}
        for number, send in self.sends:
            begun[number] = now()
            if send(octets) != len(octets):
                raise RuntimeError("the connection did not take the octets at once")
        return begun

    def replies(self, digit):
        """Waits for one reply on each connection; returns when it had been read, in seconds."""
        now, poll, recvs = time.perf_counter, self.poll.poll, self.recvs
        ended = {}
        parts = {}
        while len(ended) < len(recvs):
            events = poll(PATIENCE)
            if not events:
                raise RuntimeError(f"{len(recvs) - len(ended)} replies did not come")
            for number, _ in events:
                reply = recvs[number](2048)
                read = now()
                if number in parts:
                    reply = parts.pop(number) + reply
                if is_whole(reply, digit):
                    ended[number] = read
                else:
                    parts[number] = reply
        return ended

    def ask(self, octets, digit):
        """Writes the same on every connection, and waits for one reply on each."""
        self.send(octets)
        self.replies(digit)

    def quit(self):
        """Says goodbye on every connection, and waits until the server has closed it."""
        self.send(b"QUIT\r\n")
        for sock in self.socks.values():
            sock.setblocking(True)
            sock.settimeout(PATIENCE)
            while sock.recv(2048):
                pass
            sock.close()


def is_whole(reply, digit):
    """Whether it is a reply to its end; raises an exception where it is not the one expected."""
    if not reply or reply[:1] != digit:
        raise RuntimeError(f"not the reply that was expected, got {reply[:300]!r}")
    if reply[-1:] != b"\n":
        return False
    last = reply.rfind(b"\n", 0, -1) + 1
    return reply[last + 3 : last + 4] == b" "


def wave(loader, recipients, body):
    """Sends one message on each connection; returns the latencies in seconds, and both times it took."""
    loader.ask(b"MAIL FROM:<sender@example.com>\r\n", b"2")
    for at in range(recipients):
        loader.ask(b"RCPT TO:<%drecipient@example.com>\r\n" % at, b"2")
    loader.ask(b"DATA\r\n", b"3")
    used, begin = time.process_time(), time.perf_counter()
    loader.send(body)
    begun = loader.send(b".\r\n")
    ended = loader.replies(b"2")
    used, taken = time.process_time() - used, time.perf_counter() - begin
    return [ended[number] - begun[number] for number in begun], used, taken


def main():
    settings = json.loads(sys.argv[1])
    load = settings["load"]
    body = HEAD + LINE * max(0, load["octets"] // len(LINE))
    waves = math.ceil(settings["messages"] / load["connections"])
    loader = Loader(settings["port"], load["connections"])
    loader.replies(b"2")
    loader.ask(b"EHLO client.example.com\r\n", b"2")
    # No pause of this program's own may be taken for one of the server's.
    gc.disable()
    for _ in range(WARM_UP):
        wave(loader, load["recipients"], body)
    latencies, sent, used, taken = [], 0, 0, 0
    begin = time.perf_counter()
    for _ in range(waves):
        each, used_by_it, taken_by_it = wave(loader, load["recipients"], body)
        sent += len(each)
        latencies.append(sorted(each)[math.ceil(len(each) * 0.99) - 1] * 1000)
        used += used_by_it
        taken += taken_by_it
    seconds = time.perf_counter() - begin
    loader.quit()
    result = {
        "sent": sent,
        "warmUp": WARM_UP * load["connections"],
        "milliseconds": seconds * 1000,
        "latency": statistics.median(latencies),
        "busy": used / taken,
    }
    print(json.dumps(result))


main()
