import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { ServerOptions } from "../../server/options.ts";
import { resolveOptions } from "../../server/resolve.ts";

/** What is wrong with options of whatever types. */
function fault(options: Record<string, unknown>, hasCertificate = false): string {
  return assertThrows(() => resolveOptions(options as ServerOptions, hasCertificate), Error)
    .message;
}

Deno.test("resolveOptions() fills in the defaults (RFC 5321 4.5.3, #63, #67)", () => {
  const { mechanisms, name: _name, decoyKey: _key, protocols, ...rest } = resolveOptions({}, false);
  assertEquals(mechanisms.map(({ name }) => name), ["PLAIN", "LOGIN"]);
  assertEquals(protocols, { minVersion: "TLSv1.2", maxVersion: "TLSv1.3", unserved: null });
  assertEquals(rest, {
    protocol: "smtp",
    path: null,
    hostname: "0.0.0.0",
    port: 2525,
    implicitTls: false,
    tlsRequired: false,
    alpn: [],
    verifyClients: true,
    authRequired: false,
    iterations: 4096,
    insecureAuth: "loopback",
    maxConnections: 1000,
    poolSize: 1,
    threads: 1,
    strict: false,
    trust: { proxy: [], xclient: [], xforward: [] },
    addReceived: false,
    extensions: {
      chunking: true,
      smtpUtf8: true,
      dsn: true,
      requireTls: true,
      limits: true,
      deliverBy: false,
      mtPriority: false,
      futureRelease: false,
    },
    limits: {
      messageSize: 26_214_400,
      octetsInFlight: 268_435_456,
      recipients: 1000,
      transactions: Infinity,
      recipientDomains: Infinity,
      commandLine: 2048,
      authLine: 12_288,
      connectionsPerIp: 100,
      exempt: [],
      badCommands: 10,
      failedLogins: 3,
      hops: 100,
    },
    timeouts: {
      command: 300_000,
      dataBlock: 180_000,
      write: 60_000,
      tlsHandshake: 10_000,
      proxyHeader: 5_000,
      handler: 30_000,
      stop: 30_000,
    },
  });
});

Deno.test("resolveOptions() takes undefined for unset, in groups too", () => {
  const { port, limits, timeouts } = resolveOptions({
    port: undefined,
    auth: undefined,
    limits: { recipients: undefined },
    timeouts: { stop: undefined },
  }, false);
  assertEquals([port, limits.recipients, timeouts.stop], [2525, 1000, 30_000]);
});

Deno.test("every limit and timeout of what one message takes has a finite default and refuses what is none (P7, P8)", () => {
  const { limits, timeouts } = resolveOptions({}, false);
  for (const [group, values] of Object.entries({ limits, timeouts })) {
    for (const [key, value] of Object.entries(values)) {
      if (key === "exempt") continue;
      const unlimited = key === "transactions" || key === "recipientDomains";
      assertEquals(Number.isSafeInteger(value), !unlimited, key);
      for (const wrong of [-1, 1.5, Number.NaN, unlimited ? 0 : Infinity, "5", null]) {
        assertStringIncludes(
          fault({ [group]: { [key]: wrong } }),
          `Cannot start: "${group}.${key}" must be `,
        );
      }
    }
  }
  assertStringIncludes(
    fault({ limits: { recipients: 0 } }),
    'Cannot start: "limits.recipients" must be 1 to ',
  );
  assertEquals(
    fault({ limits: { commandLine: 511 } }),
    'Cannot start: "limits.commandLine" must be 512 to 12288, got 511',
  );
  assertEquals(resolveOptions({ timeouts: { stop: 0 } }, false).timeouts.stop, 0);
});

Deno.test("numbers out of their range are named with their range", () => {
  assertEquals(fault({ port: 65_536 }), 'Cannot start: "port" must be 0 to 65535, got 65536');
  assertEquals(fault({ port: "25" }), 'Cannot start: "port" must be 0 to 65535, got "25"');
  assertEquals(
    fault({ maxConnections: 0 }),
    'Cannot start: "maxConnections" must be 1 to 1000000, got 0',
  );
  assertEquals(fault({ poolSize: 257 }), 'Cannot start: "poolSize" must be 1 to 256, got 257');
  assertEquals(
    fault({ minProtocol: 1 }),
    'Cannot start: "minProtocol" must be a value of Protocol (2 to 5), got 1',
  );
  assertEquals(
    fault({ maxProtocol: "TLSv1.3" }),
    'Cannot start: "maxProtocol" must be a value of Protocol (2 to 5), got TLSv1.3',
  );
});

Deno.test("values of a wrong type are named with what may stand there", () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ ssl: 1 }, '"ssl" must be true or false, got 1'],
    [{ verifyCertificate: null }, '"verifyCertificate" must be true or false, got null'],
    [{ strict: "yes" }, '"strict" must be true or false, got a value of type string'],
    [{ hostname: 5 }, '"hostname" must be a string, got 5'],
    [{ name: [] }, '"name" must be a string, got an array'],
    [{ auth: true }, '"auth" must be an object, got true'],
    [{ limits: null }, '"limits" must be an object, got null'],
    [{ timeouts: [] }, '"timeouts" must be an object, got an array'],
    [{ tls: "cert.pem" }, '"tls" must be an object, got a value of type string'],
    [{ onError: "log" }, '"onError" must be a function or null, got a value of type string'],
    [{ trace: true }, '"trace" must be a function or null, got true'],
    [{ addReceived: 1 }, '"addReceived" must be true or false, got 1'],
    [{ trust: ["127.0.0.1"] }, '"trust" must be an object, got an array'],
    [
      { trust: { proxy: "127.0.0.1" } },
      '"trust.proxy" must be an array of strings, got a value of type string',
    ],
    [{ auth: { required: 1 } }, '"auth.required" must be true or false, got 1'],
    [
      { auth: { mechanisms: "PLAIN" } },
      '"auth.mechanisms" must be an array of names and mechanisms, got a value of type string',
    ],
    [
      { auth: { mechanisms: [1] } },
      '"auth.mechanisms" must be an array of names and mechanisms, got an array',
    ],
    [{ auth: { insecure: false } }, '"auth.insecure" must be a string, got false'],
    [
      { auth: { insecure: "maybe" } },
      '"auth.insecure" must be one of never, loopback, always, got maybe',
    ],
    [
      { limits: { exempt: "10.0.0.0/8" } },
      '"limits.exempt" must be an array of strings, got a value of type string',
    ],
    [{ tls: { certFile: 5 } }, '"tls.certFile" must be a file name or a URL, got 5'],
    [
      { tls: { implicit: "465" } },
      '"tls.implicit" must be true or false, got a value of type string',
    ],
  ];
  for (const [options, message] of wrong) assertEquals(fault(options), `Cannot start: ${message}`);
});

Deno.test("a wrong value is named without quoting it, for it may be a key (P18)", () => {
  assertEquals(
    fault({ tls: { key: new Uint8Array(3) } }),
    'Cannot start: "tls.key" must be a string, got a value of type object',
  );
});

Deno.test("options that are not known are an error that lists those that are", () => {
  assertStringIncludes(
    fault({ prot: 25 }),
    'Cannot set "prot" in the options of a server: known are port, maxConnections',
  );
  assertStringIncludes(
    fault({ auth: { require: true } }),
    'Cannot set "require" in the auth of a server: known are required, mechanisms, iterations, insecure',
  );
  assertStringIncludes(
    fault({ limits: { size: 1 } }),
    'Cannot set "size" in the limits of a server',
  );
  assertStringIncludes(
    fault({ timeouts: { idle: 1 } }),
    'Cannot set "idle" in the timeouts of a server',
  );
  assertStringIncludes(fault({ tls: { ca: "" } }), 'Cannot set "ca" in the tls of a server');
  assertStringIncludes(
    fault(JSON.parse('{"__proto__": {"port": 1}}')),
    'Cannot set "__proto__" in the options of a server',
  );
  assertStringIncludes(
    fault({ constructor: 1 }),
    'Cannot set "constructor" in the options of a server',
  );
});

Deno.test("mechanisms and networks that do not exist are named", () => {
  assertEquals(
    fault({ auth: { mechanisms: ["PLAIN", "NTLM"] } }),
    'Cannot set "auth.mechanisms": known are SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, SCRAM-SHA-256, SCRAM-SHA-1, OAUTHBEARER, XOAUTH2, EXTERNAL, CRAM-MD5, PLAIN, LOGIN, got "NTLM"',
  );
  assertEquals(
    fault({ limits: { exempt: ["192.0.2.0/33"] } }),
    'Cannot start: "limits.exempt" must hold networks such as "192.0.2.0/24", got "192.0.2.0/33"',
  );
  assertEquals(
    fault({ trust: { xclient: ["::1", "localhost"] } }),
    'Cannot start: "trust.xclient" must hold networks such as "192.0.2.0/24", got "localhost"',
  );
});

Deno.test("a socket without a name is none", () => {
  assertEquals(fault({ path: "" }), 'Cannot start: "path" must name a file, got ""');
});

Deno.test("extensions are switched by true and false, and some by what they need", () => {
  const { extensions } = resolveOptions({
    extensions: { dsn: false, limits: undefined, deliverBy: 60, mtPriority: "MIXER" },
  }, false);
  assertEquals([extensions.dsn, extensions.limits, extensions.smtpUtf8], [false, true, true]);
  assertEquals([extensions.deliverBy, extensions.mtPriority], [60, "MIXER"]);
  const seconds = "must be 1 to 999999999 seconds, got";
  const wrong: [Record<string, unknown>, string][] = [
    [{ dsn: 1 }, '"extensions.dsn" must be true or false, got 1'],
    [{ deliverBy: 0 }, `"extensions.deliverBy" ${seconds} 0`],
    [{ deliverBy: "60" }, `"extensions.deliverBy" ${seconds} a value of type string`],
    [{ futureRelease: 60 }, `"extensions.futureRelease.maxInterval" ${seconds} undefined`],
    [
      { futureRelease: { maxInterval: 1e9 } },
      `"extensions.futureRelease.maxInterval" ${seconds} 1000000000`,
    ],
    [
      { futureRelease: null },
      `"extensions.futureRelease.maxInterval" ${seconds} undefined`,
    ],
    ...["", "a b", "a\r\nb", "é", 5].map((mtPriority): [Record<string, unknown>, string] => [
      { mtPriority },
      '"extensions.mtPriority" must be true, false or a name of letters, digits and hyphens',
    ]),
  ];
  for (const [given, message] of wrong) {
    assertEquals(fault({ extensions: given }), `Cannot start: ${message}`);
  }
  assertStringIncludes(
    fault({ extensions: { dns: true } }),
    'Cannot set "dns" in the extensions of a server: known are chunking, smtpUtf8, dsn',
  );
});

Deno.test("the server's name must be one that may stand in a greeting (RFC 5321 4.3.1, RFC 6531 3.7.1, #1, #174)", () => {
  for (const name of ["", "two words", "a\r\nb", "münchen.example"]) {
    assertEquals(
      fault({ name }),
      'Cannot start: "name" must be a domain such as mx.example.org or an address literal',
    );
  }
  assertEquals(resolveOptions({ name: "[192.0.2.1]" }, false).name, "[192.0.2.1]");
});

Deno.test("TLS that is wanted needs a certificate", () => {
  const missing = "but no certificate is set; call setCertificate()";
  assertEquals(fault({ ssl: true }), `Cannot start: "ssl" is true, ${missing}`);
  assertEquals(fault({ port: 465 }), `Cannot start: the port has implicit TLS, ${missing}`);
  assertEquals(
    fault({ tls: { implicit: true } }),
    `Cannot start: the port has implicit TLS, ${missing}`,
  );
  assertEquals(
    fault({ tls: { required: true } }),
    `Cannot start: "tls.required" is true, ${missing}`,
  );
  assertEquals(
    fault({ ssl: false, tls: { required: true } }, true),
    'Cannot start: "tls.required" is true, but "ssl" is false',
  );
  assertEquals(
    fault({ ssl: false, tls: { implicit: true } }, true),
    'Cannot start: "tls.implicit" is true, but "ssl" is false',
  );
});

Deno.test("port 465 means implicit TLS, unless tls.implicit or ssl say otherwise", () => {
  const implicit = (options: ServerOptions): boolean => resolveOptions(options, true).implicitTls;
  assertEquals(implicit({ port: 465 }), true);
  assertEquals(implicit({ port: 587 }), false);
  assertEquals(implicit({ port: 465, tls: { implicit: false } }), false);
  assertEquals(implicit({ port: 2465, tls: { implicit: true } }), true);
  assertEquals(implicit({ port: 465, ssl: false }), false);
});

Deno.test("defaults that depend on others: auth.required, auth.insecure, who is verified (P18)", () => {
  assertEquals(resolveOptions({ onLogin: "login.ts" }, false).authRequired, true);
  assertEquals(resolveOptions({ onLogin: null }, false).authRequired, false);
  assertEquals(
    resolveOptions({ onLogin: "login.ts", auth: { required: false } }, false).authRequired,
    false,
  );
  assertEquals(resolveOptions({}, true).insecureAuth, "never");
  assertEquals(resolveOptions({ ssl: false }, true).insecureAuth, "loopback");
  assertEquals(resolveOptions({ verifyCertificate: false }, true).verifyClients, false);
  assertEquals(
    resolveOptions({ verifyCertificate: false, tls: { verify: true } }, true).verifyClients,
    true,
  );
});

Deno.test("what is resolved cannot be changed (P7)", () => {
  const options = resolveOptions({}, false);
  assertEquals([options, options.limits, options.timeouts].map(Object.isFrozen), [
    true,
    true,
    true,
  ]);
});
