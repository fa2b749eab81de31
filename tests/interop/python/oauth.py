"""Logs in with smtplib by OAUTHBEARER or XOAUTH2, as the JSON on standard input says, and prints the reply as JSON."""

import json
import smtplib
import ssl
import sys

order = json.load(sys.stdin)
user, token = order["username"], order["token"]

MESSAGES = {
    "OAUTHBEARER": f"n,a={user},\x01host=127.0.0.1\x01port={order['port']}\x01auth=Bearer {token}\x01\x01",
    "XOAUTH2": f"user={user}\x01auth=Bearer {token}\x01\x01",
}
# What the client answers to an error in JSON.
DUMMIES = {"OAUTHBEARER": "\x01", "XOAUTH2": ""}


def respond(challenge=None):
    if challenge:
        return DUMMIES[order["mechanism"]]
    return MESSAGES[order["mechanism"]]


with smtplib.SMTP("127.0.0.1", order["port"], "client.test", timeout=15) as client:
    client.starttls(context=ssl.create_default_context(cafile=order["caFile"]))
    client.ehlo()
    try:
        code, text = client.auth(order["mechanism"], respond)
    except smtplib.SMTPAuthenticationError as error:
        code, text = error.smtp_code, error.smtp_error
    print(json.dumps([code, text.decode()]))
