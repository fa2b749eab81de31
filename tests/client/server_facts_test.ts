import { assertEquals } from "@std/assert";
import { Client } from "../../client/mod.ts";
import { recorder } from "../interop/_server.ts";
import { plainClient } from "../helpers/clients.ts";

Deno.test("Client.server is what the server offers, while there is one (RFC 5321 4.1.1.1)", async () => {
  await using server = await recorder();
  await using client = plainClient(server.port);
  assertEquals(client.server, null);
  await client.connect();
  assertEquals(client.server?.extensions.get("STARTTLS"), []);
  assertEquals(client.server?.tls, null);
  await client.disconnect();
  assertEquals(client.server, null);
});

Deno.test("Client.server is what the server offers behind STARTTLS (RFC 3207 4.2)", async () => {
  await using server = await recorder();
  const ca = await Deno.readTextFile(server.caFile);
  await using client = new Client({ host: "localhost", port: server.port, tls: { ca } });
  await client.connect();
  assertEquals(client.server?.extensions.has("STARTTLS"), false);
  assertEquals(client.server?.tls?.protocol, "TLSv1.3");
  assertEquals(client.server?.tls?.authorized, true);
});
