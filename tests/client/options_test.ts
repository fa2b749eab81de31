import { assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import { Client, client } from "../../client/mod.ts";
import { AuthMode, EncryptMode, tlsPlan } from "../../client/enums.ts";
import { CLIENT_LIMITS, CLIENT_TIMEOUTS, type ClientOptions } from "../../client/options.ts";

Deno.test("Client has the specification's names, numbers and defaults", () => {
  assertStrictEquals(client, Client);
  assertEquals({ ...Client.authMode }, { none: 0, default: 1, sasl: 2 });
  assertEquals({ ...Client.encryptMode }, {
    none: 0,
    sslTls: 1,
    startTls: 2,
    implicitTls: 3,
    opportunistic: 4,
  });
  const fresh = new Client();
  assertEquals(fresh.host, "");
  assertEquals(fresh.encryptMode, EncryptMode.sslTls);
  assertEquals(fresh.authMode, AuthMode.none);
  assertEquals(fresh.timeout, 30_000);
  assertEquals(fresh.verifyServerCertificate, true);
  assertEquals(fresh.allowUnsafeLegacyRenegotiation, false);
  assertEquals(fresh.useLegacyServerConnect, false);
  assertEquals(fresh.connected, false);
});

Deno.test("Client.port follows encryptMode until it is set: 465, else 587 (RFC 8314 3.3, #210)", () => {
  const fresh = new Client();
  const ports = Object.values(EncryptMode).map((mode) => {
    fresh.encryptMode = mode;
    return fresh.port;
  });
  assertEquals(ports, [25, 465, 587, 465, 25]);
  fresh.port = 2525;
  fresh.encryptMode = EncryptMode.sslTls;
  assertEquals(fresh.port, 2525);
});

Deno.test("a client waits as long as RFC 5321 asks for, and takes replies of a size (RFC 5321 4.5.3.2, #89, C13)", () => {
  const minutes = (count: number): number => count * 60_000;
  assertEquals(CLIENT_TIMEOUTS, {
    greeting: minutes(5),
    command: minutes(5),
    dataBlock: minutes(3),
    dataEnd: minutes(10),
    quit: 10_000,
  });
  assertEquals(CLIENT_LIMITS, { header: 1024 * 1024, replyLine: 4096, reply: 65_536 });
});

Deno.test("Client.authMode is default where a username is set, unless it is set itself", () => {
  const fresh = new Client();
  fresh.username = "ada";
  assertEquals(fresh.authMode, AuthMode.default);
  fresh.authMode = AuthMode.none;
  assertEquals(fresh.authMode, AuthMode.none);
});

Deno.test("tlsPlan() is implicit TLS for sslTls on 465 and 2465, required STARTTLS on any other port", () => {
  assertEquals([465, 2465, 587, 25, 2525].map((port) => tlsPlan(EncryptMode.sslTls, port)), [
    "implicit",
    "implicit",
    "required",
    "required",
    "required",
  ]);
  assertEquals(tlsPlan(EncryptMode.startTls, 465), "required");
  assertEquals(tlsPlan(EncryptMode.implicitTls, 25), "implicit");
  assertEquals(tlsPlan(EncryptMode.opportunistic, 465), "opportunistic");
  assertEquals(tlsPlan(EncryptMode.none, 465), "none");
});

Deno.test("new Client(options) takes every property by its name", () => {
  const options = {
    host: "mail.test",
    port: 587,
    encryptMode: EncryptMode.startTls,
    authMode: AuthMode.sasl,
    username: "ada",
    password: "pw",
    timeout: 5,
    verifyServerCertificate: false,
    allowUnsafeLegacyRenegotiation: true,
    useLegacyServerConnect: true,
    trace: () => {},
  } as const;
  const made = new Client(options);
  for (const key of Object.keys(options) as (keyof typeof options)[]) {
    assertEquals(made[key] as unknown, options[key], key);
  }
});

Deno.test("new Client(options) refuses what does not fit, and says what may stand there (RFC 6531 3.7.1, #174)", () => {
  const bad: [object, string][] = [
    [{ hsot: "x" }, 'unknown option "hsot"'],
    [{ host: 1 }, '"host"'],
    [{ host: "a b" }, '"host"'],
    [{ host: "a\r\nb" }, '"host"'],
    [{ host: "bücher.test" }, "xn--"],
    [{ port: 0 }, "must be 1 to 65535, got 0"],
    [{ port: 1.5 }, "got 1.5"],
    [{ port: "25" }, 'got "25"'],
    [{ port: NaN }, "got NaN"],
    [{ encryptMode: 9 }, "0 (none), 1 (sslTls)"],
    [{ authMode: "plain" }, 'got "plain"'],
    [{ path: "" }, '"path"'],
    [{ path: "a\0b" }, '"path"'],
    [{ protocol: "LMTP" }, "smtp (SMTP), lmtp (LMTP)"],
    [{ timeout: 0 }, "got 0"],
    [{ timeout: 2 ** 31 }, "2147483647"],
    [{ verifyServerCertificate: 0 }, "true or false"],
    [{ name: "a\r\nQUIT" }, '"name"'],
    [{ name: "a b" }, '"name"'],
    [{ name: "" }, '"name"'],
    [{ name: "münchen.example" }, '"name"'],
    [{ insecureAuth: "yes" }, "true or false"],
    [{ tls: { ca: "nonsense" } }, "PEM"],
    [{ tls: { cert: "-----BEGIN CERTIFICATE-----" } }, "together"],
    [{ tls: { minVersion: "TLSv1" } }, 'need "legacy: true", got "TLSv1"'],
    [{ tls: { maxVersion: "TLSv1.1" } }, 'need "legacy: true", got "TLSv1.1"'],
    [{ tls: { legacy: true, maxVersion: "TLSv1.2" } }, "both versions must be below TLS 1.2"],
    [{ tls: { legacy: true, alpn: ["smtp"] } }, "need TLS 1.2"],
    [{ tls: { legacy: 1 as never } }, "tls.legacy"],
    [{ tls: { alpn: "smtp" as never } }, "tls.alpn"],
    [{ tls: { alpn: [""] } }, "1 to 255 ASCII characters"],
    [{ tls: { rejectUnauthorized: false } }, "unknown option"],
    [{ timeouts: { greeting: 0 } }, "timeouts.greeting"],
    [{ timeouts: { hello: 1 } }, "unknown option"],
    [{ limits: { header: Infinity } }, "limits.header"],
    [{ xclient: { FOO: "x" } }, 'unknown option "FOO", known are NAME, ADDR, PORT, PROTO, HELO'],
    [{ trace: 1 }, "a function or null"],
    [[], "must be an object"],
  ];
  for (const [options, text] of bad) {
    assertThrows(() => new Client(options as ClientOptions), Error, text, JSON.stringify(options));
  }
});

Deno.test("Client never shows a password in an error", () => {
  const error = assertThrows(() => new Client({ password: "hunter2\r\n" }), TypeError);
  assertFalse(error.message.includes("hunter2"));
  assertFalse(Deno.inspect(new Client({ password: "hunter2" })).includes("hunter2"));
});

Deno.test("Client's setters check as the constructor does", () => {
  const fresh = new Client();
  assertThrows(() => fresh.port = 70_000, RangeError, "must be 1 to 65535, got 70000");
  assertThrows(() => fresh.host = "a\nb", TypeError, '"host"');
  assertThrows(() => fresh.username = "a\0b", TypeError, '"username"');
});
