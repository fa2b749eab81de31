import { assert, assertEquals } from "@std/assert";
import { authenticate } from "../../client/auth.ts";
import { Connection } from "../../client/connection/connection.ts";
import { AuthMode } from "../../client/enums.ts";
import { CLIENT_LIMITS, CLIENT_TIMEOUTS } from "../../client/options.ts";
import { readOptions } from "../../client/settings.ts";
import { Tracer } from "../../client/connection/tracer.ts";
import { channelPair } from "../../session/transport/memory.ts";
import { decodeLatin1, encodeUtf8 } from "../../session/wire/bytes.ts";
import { assertSmtpError } from "../helpers/clients.ts";

/** Authenticates in clear with a server at this address; gives what the server heard. */
async function loginInClear(ip: string, insecure: boolean, mode: AuthMode): Promise<string> {
  const [near, far] = channelPair({ second: { ip, port: 25 } });
  const timeouts = CLIENT_TIMEOUTS;
  const limits = CLIENT_LIMITS;
  const connection = new Connection(near, { tracer: new Tracer(1, null), timeouts, limits });
  connection.capabilities = new Map([["AUTH", ["PLAIN", "CRAM-MD5"]]]);
  const settings = readOptions({
    host: "mx.test",
    username: "ada",
    password: "pw",
    authMode: mode,
    insecureAuth: insecure,
  });
  try {
    const done = authenticate(connection, settings);
    const heard = Promise.race([far.read(), done.then(() => null)]);
    const line = await heard;
    await far.write(encodeUtf8("235 ok\r\n"));
    assert(await done);
    return line === null ? "" : decodeLatin1(line);
  } finally {
    connection.close();
    far.close();
  }
}

Deno.test("credentials do not cross a network in clear (P14, A4, #140)", async () => {
  for (const mode of [AuthMode.default, AuthMode.sasl]) {
    for (
      const ip of ["192.0.2.1", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.1", "0.0.0.0", "::"]
    ) {
      await assertSmtpError(() => loginInClear(ip, false, mode), "auth", "insecureAuth");
    }
  }
});

Deno.test("credentials cross in clear to a loopback address, or where insecureAuth says so", async () => {
  const expected = `AUTH PLAIN ${btoa("\0ada\0pw")}\r\n`;
  for (const ip of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]) {
    assertEquals(await loginInClear(ip, false, AuthMode.default), expected);
  }
  assertEquals(await loginInClear("192.0.2.1", true, AuthMode.default), expected);
});
