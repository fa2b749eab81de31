"""smtplib, one process with a thread for each connection.

Its one argument is client.ts's settings as JSON; it prints what client.ts expects.
"""

import json
import resource
import smtplib
import sys
import threading
import time

HEAD = b"From: <sender@example.com>\r\nTo: <recipient@example.com>\r\nSubject: load\r\n\r\n"
LINE = b"X" * 78 + b"\r\n"


def send_all(clients, mail, count):
    """Sends so many messages over all connections, evenly; returns how many were accepted."""
    sent = []

    def send(client, share):
        for _ in range(share):
            # It raises an exception unless the message was accepted.
            client.sendmail("sender@example.com", ["recipient@example.com"], mail)
        sent.append(share)

    threads = []
    for at, client in enumerate(clients):
        share = (count + at) // len(clients)
        threads.append(threading.Thread(target=send, args=(client, share)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(sent)


def main():
    settings = json.loads(sys.argv[1])
    mail = HEAD + LINE * -(-settings["octets"] // len(LINE))
    clients = [
        smtplib.SMTP("127.0.0.1", settings["port"], local_hostname="client.example.com")
        for _ in range(settings["connections"])
    ]
    for client in clients:
        client.ehlo_or_helo_if_needed()
    send_all(clients, mail, settings["warmUp"])
    before = time.process_time()
    begin = time.perf_counter()
    sent = send_all(clients, mail, settings["messages"])
    milliseconds = (time.perf_counter() - begin) * 1000
    cpu = (time.process_time() - before) * 1e6
    for client in clients:
        client.quit()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"sent": sent, "milliseconds": milliseconds, "cpu": cpu, "peakMemory": peak}))


main()
