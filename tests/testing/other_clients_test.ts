/** Programs in other languages are tested. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { startMailServer } from "../../testing/mod.ts";
import {
  findProgram,
  findPython,
  programTest,
  type Ran,
  run,
  temporaryFolder,
} from "../helpers/programs.ts";

const swaks = findProgram("swaks");
const python = findPython("smtplib");

/** Sends by Python's smtplib, and says what went wrong, if anything did. */
const SCRIPT = `
import smtplib, ssl, sys
host, port, ca, user = sys.argv[1:]
try:
    with smtplib.SMTP(host, int(port), timeout=10) as smtp:
        if ca: smtp.starttls(context=ssl.create_default_context(cafile=ca))
        if user: smtp.login(user, "analytical")
        smtp.sendmail("ada@example.com", ["bob@example.com"], "Subject: Tea\\r\\n\\r\\nAt four?\\r\\n")
except smtplib.SMTPException as error:
    print(type(error).__name__, error)
`;

function smtplib(port: number, ca: string, user: string): Promise<Ran> {
  return run(python, ["-c", SCRIPT, "127.0.0.1", String(port), ca, user]);
}

programTest(
  "smtplib sends to a mail server: STARTTLS by caCert, and a login",
  [python],
  async () => {
    await using folder = await temporaryFolder();
    await using mail = await startMailServer({ tls: "required", users: { ada: "analytical" } });
    const { output } = await smtplib(mail.port, await folder.write("ca.pem", mail.caCert), "ada");
    assertEquals(output, "");
    const message = await mail.next({ subject: "Tea" });
    assertEquals([message.login, message.tls?.protocol], ["ada", "TLSv1.3"]);
  },
);

programTest("smtplib sees the faults of a mail server", [python], async () => {
  await using mail = await startMailServer();
  for (
    const [fault, text] of [
      [{ at: "greeting", reply: "554 5.7.1 No" }, "SMTPConnectError (554, b'5.7.1 No')"],
      [{ at: "DATA", reply: "451 4.3.0 Later" }, "SMTPDataError (451, b'4.3.0 Later')"],
      [{ at: ".", reply: "552 5.2.2 Full" }, "SMTPDataError (552, b'5.2.2 Full')"],
      [{ at: "EHLO", drop: "end" }, "SMTPServerDisconnected"],
    ] as const
  ) {
    using _fault = mail.fault(fault);
    assertStringIncludes((await smtplib(mail.port, "", "")).output, text);
  }
  assertEquals((await smtplib(mail.port, "", "")).output, "");
  assertEquals(mail.messages.length, 1);
});

programTest("swaks sends to a mail server: STARTTLS by caCert, and a login", [swaks], async () => {
  await using folder = await temporaryFolder();
  await using mail = await startMailServer({ tls: "starttls", users: { ada: "analytical" } });
  const { code, output } = await run(swaks, [
    ...["--server", mail.host, "--port", String(mail.port), "--ehlo", "client.test"],
    ...["--from", "ada@example.com", "--to", "bob@example.com", "--header", "Subject: Tea"],
    ...["--tls", "--tls-verify", "--tls-ca-path", await folder.write("ca.pem", mail.caCert)],
    ...["--auth", "PLAIN", "--auth-user", "ada", "--auth-password", "analytical"],
  ]);
  assertEquals(code, 0, output);
  assertEquals((await mail.next({ subject: "Tea" })).login, "ada");
});

programTest("swaks sees the faults of a mail server", [swaks], async () => {
  await using mail = await startMailServer({ faults: [{ at: "RCPT", reply: "550 5.1.1 No Bob" }] });
  const { code, output } = await run(swaks, [
    ...["--server", mail.host, "--port", String(mail.port), "--ehlo", "client.test"],
    ...["--from", "ada@example.com", "--to", "bob@example.com"],
  ]);
  assertEquals(code, 24, output); // every recipient was refused
  assertStringIncludes(output, "550 5.1.1 No Bob");
});
