import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { certificates } from "../helpers/certificates.ts";
import { ScriptServer } from "../helpers/script_server.ts";
import { ASCII_PASSWORD, recorder, USER, WITH_LOGIN } from "../interop/_server.ts";
import { child, cli } from "./_cli.ts";

Deno.test("verify says what a server offers", async () => {
  await using server = await recorder(WITH_LOGIN);
  const { code, out, err } = await cli([
    "verify",
    ...["--port", `${server.port}`, "--ca", server.caFile, "--user", USER, "bob"],
  ], { promptSecret: () => ASCII_PASSWORD });
  assertEquals([code, err], [0, ""]);
  const lines = out.split("\n");
  assertEquals(lines[0], `localhost, port ${server.port}`);
  assertEquals(lines.slice(1, 2), ["  Greeting    220 mail.test ESMTP"]);
  assertMatch(lines[2], /^ {2}TLS {9}TLSv1\.3, TLS_\w+, certificate verified$/);
  assertMatch(lines[3], /^ {2}Certificate CN=mail\.test, until .* 2089 GMT$/);
  assertEquals(lines[4], "  Issuer      CN=Test CA");
  assertEquals(lines[5], "  Login       PLAIN, LOGIN, CRAM-MD5");
  assertMatch(lines[6], /^ {2}Extensions {2}PIPELINING, SIZE \d+, 8BITMIME/);
  assertEquals(lines[7], `  Logged in   as ${USER}`);
  assertMatch(lines[8], /^ {2}VRFY {8}252 2\.5\.0 /);
});

Deno.test("verify --json says it to machines", async () => {
  await using server = await recorder();
  const args = ["verify", "--json", "--port", `${server.port}`, "--ca", server.caFile];
  const { code, out } = await child(
    [`--allow-net=localhost:${server.port}`, `--allow-read=${server.caFile}`],
    args,
  );
  assertEquals(code, 0);
  const told = JSON.parse(out);
  assertEquals([told.host, told.port, told.user], ["localhost", server.port, null]);
  assertEquals([told.tls.version, told.tls.verified, told.tls.error], ["TLSv1.3", true, null]);
  assertEquals(told.tls.certificate.subject, "CN=mail.test");
  assertEquals(told.extensions.PIPELINING, []);
  assertEquals([told.mechanisms, told.vrfy, told.exitCode], [[], null, 0]);
});

Deno.test("verify --json says to machines what went wrong", async () => {
  const { code, out, err } = await cli(["verify", "--json", "--host", "nobody.invalid"]);
  const { exitCode, error } = JSON.parse(out);
  assertEquals([code, exitCode, error.kind], [69, 69, "connection"]);
  assertEquals(err, `error: ${error.message}\n`);
});

Deno.test("verify says what is weak", async () => {
  await using server = await recorder({ tls: (await certificates()).selfSigned });
  const to = ["--port", `${server.port}`];
  const insecure = await cli(["verify", ...to, "--insecure"]);
  assertEquals(insecure.code, 0);
  assertMatch(insecure.out, /certificate NOT verified: \w+/);
  const clear = await cli(["verify", ...to, "--host", "127.0.0.1", "--tls", "none"]);
  assertEquals(clear.code, 0);
  assertStringIncludes(clear.out, "  TLS         none: everything crosses the network in clear\n");
});

const ANSWERS = [["250 Bob <bob@example.org>", 0], ["450 later", 75], ["550 5.1.1 none", 65]];

for (const [answer, code] of ANSWERS) {
  Deno.test(`verify NAME ends with ${code} where the server answers ${answer}`, async () => {
    await using server = new ScriptServer(async (peer) => {
      await peer.greet("VRFY", "X\x1b[31m");
      await peer.exchange("VRFY bob", `${answer}`);
      await peer.quit();
    });
    const to = ["--host", "127.0.0.1", "--port", `${server.port}`, "--tls", "none"];
    const left = await cli(["verify", ...to, "bob"]);
    assertEquals([left.code, left.err], [code, ""]);
    assertMatch(left.out, new RegExp(`^  VRFY        ${answer}$`, "m"));
    assertEquals(left.out.includes("\x1b"), false);
  });
}

Deno.test("verify says that a name cannot be asked for", async () => {
  await using server = await recorder();
  const to = ["--host", "127.0.0.1", "--port", `${server.port}`, "--tls", "none"];
  const { code, err } = await cli(["verify", ...to, "b\x07b"]);
  assertEquals(code, 64);
  assertStringIncludes(
    err,
    `Cannot set "name": must not hold line ends or other control characters`,
  );
});

Deno.test("the example of the help of verify does what it says", async () => {
  await using server = await recorder(WITH_LOGIN);
  const { out } = await cli(["verify", "--help"]);
  const [example] = out.split("\nExample\n  smtp ")[1].split("\n");
  const args = example.replace("mail.example.org", `localhost --port ${server.port}`)
    .replace("ada", USER).split(" ");
  const left = await cli([...args, "--ca", server.caFile], { promptSecret: () => ASCII_PASSWORD });
  assertEquals(left.code, 0, left.err);
});
