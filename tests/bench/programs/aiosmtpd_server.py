"""aiosmtpd with a handler that accepts and discards.

Its one argument is what it must be ready for (contender.ts). Speaks to the benchmark as control.ts
does.
"""

import asyncio
import json
import os
import resource
import ssl
import sys

from aiosmtpd.smtp import SMTP


class Discard:
    """Counts the messages, and keeps nothing."""

    def __init__(self):
        self.received = 0

    async def handle_DATA(self, server, session, envelope):
        self.received += 1
        return "250 OK"


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def tls_context(certificate):
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate["certFile"], certificate["keyFile"])
    return context


async def main():
    needs = json.loads(sys.argv[1])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    loop = asyncio.get_running_loop()
    handler = Discard()
    ended = asyncio.Event()

    def answer():
        octets = os.read(0, 256)
        if octets == b"":
            loop.remove_reader(0)
            ended.set()
        for _ in range(octets.count(b"\n")):
            say({"received": handler.received})

    server = await loop.create_server(
        lambda: SMTP(handler, hostname="aiosmtpd", data_size_limit=needs["octets"] * 2, loop=loop),
        "127.0.0.1",
        0,
        backlog=1024,
        ssl=tls_context(needs["certificate"]),
    )
    loop.add_reader(0, answer)
    say({"port": server.sockets[0].getsockname()[1], "pid": os.getpid()})
    await ended.wait()
    os._exit(0)


asyncio.run(main())
