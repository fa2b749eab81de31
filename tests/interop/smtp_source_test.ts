/** Postfix's smtp-source sends to our server. It speaks neither TLS nor AUTH. */

import { assertEquals } from "@std/assert";
import { concat } from "../../session/wire/bytes.ts";
import { findProgram, programTest, run } from "../helpers/programs.ts";
import { assertSameOctets, large, octets, SAMPLES, withLineFeeds } from "./_messages.ts";
import { type Recorder, recorder } from "./_server.ts";

const source = findProgram("smtp-source");

async function send(server: Recorder, ...args: string[]): Promise<void> {
  const { code, output } = await run(source, [
    ...["-M", "client.test", "-f", "ada@example.org", "-t", "bob@example.org"],
    ...args,
    `inet:127.0.0.1:${server.port}`,
  ]);
  assertEquals([code, output], [0, ""]);
  assertEquals(server.faults, []);
}

function write({ folder }: Recorder, bytes: Uint8Array): Promise<string> {
  return folder.write("message.eml", withLineFeeds(bytes));
}

/** What smtp-source sends of a file: all of it, and an empty line of its own. */
function sent(bytes: Uint8Array): Uint8Array {
  return concat([bytes, octets("\r\n")]);
}

for (const sample of [...SAMPLES, large()]) {
  programTest(`smtp-source sends to our server: ${sample.name}`, [source], async () => {
    await using server = await recorder();
    const file = await write(server, sample.bytes);
    await send(server, "-F", file);
    assertEquals([server.mail.length, server.mail[0].from], [1, "ada@example.org"]);
    assertEquals(server.mail[0].to, ["bob@example.org"]);
    assertSameOctets(server.mail[0].raw, sent(sample.bytes));
  });
}

for (const [how, ...args] of [["over 20 connections", "-s", "20"], ["over one connection", "-d"]]) {
  programTest(`smtp-source sends 200 messages to our server ${how}`, [source], async () => {
    await using server = await recorder();
    const { bytes } = SAMPLES[2];
    const file = await write(server, bytes);
    await send(server, "-m", "200", ...args, "-F", file);
    assertEquals(server.mail.length, 200);
    for (const { raw } of server.mail) assertSameOctets(raw, sent(bytes));
  });
}

programTest("smtp-source sends to 100 recipients of our server", [source], async () => {
  await using server = await recorder();
  await send(server, "-r", "100");
  assertEquals(server.mail[0].to.length, 100);
  assertEquals(new Set(server.mail[0].to).size, 100);
});
