"""A server of aiosmtpd: keeps each message in a file, as the JSON that is its argument says.

Prints "PORT n" when it listens, and a line of JSON for each message.
"""

import asyncio
import hashlib
import hmac
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

order = json.loads(sys.argv[1])
username, password = order["username"].encode(), order["password"].encode()


def authenticate(server, session, envelope, mechanism, data):
    good = data == LoginPassword(username, password)
    if good:
        session.mechanism = mechanism
    return AuthResult(success=good, handled=False)


class Keeper:
    count = 0

    async def auth_CRAM__MD5(self, server, args):
        challenge = b"<1.2@aiosmtpd.test>"
        response = await server.challenge_auth(challenge)
        digest = hmac.new(password, challenge, hashlib.md5).hexdigest().encode()
        good = response == username + b" " + digest
        if good:
            server.session.mechanism = "CRAM-MD5"
        return AuthResult(success=good, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == "nobody@example.org":
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        file = f"{order['folder']}/{self.count}.eml"
        with open(file, "wb") as out:
            out.write(envelope.content)
        tls = server.transport.get_extra_info("ssl_object")
        print(json.dumps({
            "file": file,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "mechanism": getattr(session, "mechanism", None),
            "protocol": tls.version() if tls else None,
        }), flush=True)
        return "250 2.0.0 Kept"


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(order["certFile"], order["keyFile"])
    keeper = Keeper()
    encryption = order["encryption"]

    def make():
        return SMTP(
            keeper,
            hostname="aiosmtpd.test",
            tls_context=context if encryption == "starttls" else None,
            require_starttls=encryption == "starttls",
            auth_required=order["login"],
            auth_require_tls=encryption == "starttls",
            auth_exclude_mechanism=order["without"],
            authenticator=authenticate,
        )

    implicit = context if encryption == "implicit" else None
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=implicit)
    print("PORT", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
