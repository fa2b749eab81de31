import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { Client, EncryptMode } from "../../client/mod.ts";
import { connectUnix, tcpChannel } from "../../session/transport/tcp.ts";
import { assertSmtpError, MAIL, plainClient } from "../helpers/clients.ts";
import { temporaryFolder } from "../helpers/programs.ts";
import { ScriptPeer, ScriptServer } from "../helpers/script_server.ts";

Deno.test("connect() says LHLO, and nothing else will do (RFC 2033 4.1, #202)", async () => {
  await using server = new ScriptServer(
    async (peer) => {
      await peer.say("220 mx.test LMTP\r\n");
      await peer.exchange("LHLO [127.0.0.1]", "250-mx.test\r\n250 PIPELINING");
      await peer.quit();
    },
    async (peer) => {
      await peer.say("220 mx.test ESMTP\r\n");
      await peer.exchange("LHLO [127.0.0.1]", "500 5.5.1 unknown");
      await peer.ended();
    },
  );
  await using client = plainClient(server.port, { protocol: "lmtp" });
  await client.connect();
  assert(client.server?.extensions.has("PIPELINING"));
  await client.disconnect();
  await assertSmtpError(() => client.connect(), "reply", "LHLO [127.0.0.1] with 500");
});

Deno.test("LMTP has a port of its own, never that of SMTP (RFC 2033 5, #201)", () => {
  assertEquals(new Client({ protocol: "lmtp" }).port, 24);
  assertEquals(new Client({ protocol: "lmtp", encryptMode: EncryptMode.none }).port, 24);
  assertEquals(new Client({ protocol: "lmtp", port: 2003 }).port, 2003);
});

Deno.test("a Unix socket is reached in clear, and credentials may cross it (RFC 2033, #202)", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/lmtp`;
  const listener = Deno.listen({ transport: "unix", path });
  const serving = (async () => {
    const peer = new ScriptPeer(tcpChannel(await listener.accept()));
    listener.close();
    await peer.say("220 mx.test LMTP\r\n");
    await peer.exchange("LHLO [127.0.0.1]", "250-mx.test\r\n250 AUTH PLAIN");
    await peer.exchange(`AUTH PLAIN ${btoa("\0ada\0pw")}`, "235 ok");
    await peer.exchange("MAIL *", "250 ok", "RCPT *", "250 ok", "DATA", "354 go");
    assertEquals(await peer.message(), MAIL);
    await peer.say("250 ok\r\n");
    await peer.quit();
    peer.close();
  })();
  await using client = new Client({ path, protocol: "lmtp", username: "ada", password: "pw" });
  assertEquals(client.encryptMode, EncryptMode.none);
  await client.connect();
  assert(await client.authenticate());
  assertEquals((await client.sendMail(MAIL)).outcome, "sent");
  await client.disconnect();
  await serving;
});

Deno.test("a Unix socket may be encrypted, where that is asked for", () => {
  const encryptMode = EncryptMode.startTls;
  assertEquals(new Client({ path: "/run/lmtp", encryptMode }).encryptMode, encryptMode);
});

Deno.test("connect() says which Unix socket cannot be reached", async () => {
  await using folder = await temporaryFolder();
  await using client = new Client({ path: `${folder.path}/none` });
  const error = await assertSmtpError(() => client.connect(), "connection", folder.path);
  assert(error.temporary);
  assertFalse(client.connected);
});

Deno.test({
  name: "connectUnix() leaves a missing permission what it is",
  permissions: { net: false, read: true, write: true },
  fn: async () => {
    await assertRejects(() => connectUnix("/tmp/none"), Deno.errors.NotCapable, "unix:/tmp/none");
  },
});
