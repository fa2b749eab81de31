"""Sends one message with smtplib, as the JSON on standard input says, and prints as JSON what came of it."""

import json
import smtplib
import ssl
import sys

order = json.load(sys.stdin)


def connect():
    context = ssl.create_default_context(cafile=order["caFile"])
    where = {"host": "127.0.0.1", "port": order["port"], "local_hostname": "client.test", "timeout": 15}
    if order["encryption"] == "implicit":
        return smtplib.SMTP_SSL(context=context, **where)
    client = smtplib.SMTP(**where)
    if order["encryption"] == "starttls":
        client.starttls(context=context)
    return client


def login(client):
    client.ehlo_or_helo_if_needed()
    client.user, client.password = order["username"], order["password"]
    mechanism = order["mechanism"]
    client.auth(mechanism, getattr(client, "auth_" + mechanism.lower().replace("-", "_")))


def send():
    with connect() as client:
        if order["mechanism"]:
            login(client)
        with open(order["file"], "rb") as file:
            refused = client.sendmail(order["from"], order["to"], file.read(), order["options"])
        return {to: f"{code} {text.decode()}" for to, (code, text) in refused.items()}


try:
    print(json.dumps({"error": None, "refused": send()}))
except smtplib.SMTPRecipientsRefused as error:
    refused = {to: f"{code} {text.decode()}" for to, (code, text) in error.recipients.items()}
    print(json.dumps({"error": "SMTPRecipientsRefused", "refused": refused}))
except smtplib.SMTPResponseException as error:
    reply = f"{error.smtp_code} {error.smtp_error.decode()}"
    print(json.dumps({"error": f"{type(error).__name__} {reply}", "refused": {}}))
