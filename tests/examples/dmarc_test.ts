import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { generateKeyPairSync } from "node:crypto";
import { Client, EncryptMode, SmtpError } from "@infinity/smtp/client";
import { formatReplyText } from "@infinity/smtp/session";
import { dkimSign } from "mailauth";
import type { RunningProgram } from "../helpers/running_program.ts";
import { commandOf, projectWith, startExample } from "./_example.ts";
import { type Nameserver, startNameserver } from "./_dns.ts";

const MESSAGE = "From: Ada <ada@example.com>\r\nTo: charles@example.org\r\n" +
  "Subject: Engine\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n" +
  "\r\nHow is the engine?\r\n";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = publicKey.export({ type: "spki", format: "der" }).toString("base64");

const RECORDS = {
  "example.com": "v=spf1 mx ip4:127.0.0.1 -all",
  "s1._domainkey.example.com": `v=DKIM1; k=rsa; p=${key}`,
  "_dmarc.example.com": "v=DMARC1; p=reject",
};

/** The message, signed by its sender's domain. */
async function signed(): Promise<string> {
  const signature = {
    signingDomain: "example.com",
    selector: "s1",
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
  // The list is what is used; the types want it spread out too.
  const { signatures } = await dkimSign(MESSAGE, { ...signature, signatureData: [signature] });
  return signatures + MESSAGE;
}

/** Sends to the example, by its command, with this nameserver; says what it answered. */
async function send(
  nameserver: Nameserver,
  message: string,
  from = "ada@example.com",
  look: (program: RunningProgram) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  await using folder = await projectWith("dmarc");
  const command = await commandOf("dmarc/server.ts", { "192.0.2.53:53": nameserver.address });
  command[command.length - 1] = nameserver.address;
  await using server = await startExample(folder, [...command, "0"]);
  await using client = new Client({
    host: "127.0.0.1",
    port: server.port,
    encryptMode: EncryptMode.none,
    name: "mail.example.com",
  });
  await client.connect();
  const envelope = { from, to: ["charles@example.org"] };
  const { reply } = await client.sendMail(message, { envelope }).catch((error: unknown) => {
    if (error instanceof SmtpError) return error;
    throw error;
  });
  await look(server.program);
  return reply === null ? "" : formatReplyText(reply);
}

Deno.test("examples/dmarc takes what is signed and sent by its domain, and says so in Authentication-Results", async () => {
  await using nameserver = await startNameserver(RECORDS);
  const reply = await send(nameserver, await signed(), "ada@example.com", async (program) => {
    await program.line(/^Authentication-Results: mx\.example\.com;$/);
    await program.line(/^ dkim=pass header\.i=@example\.com header\.s=s1/);
    await program.line(/^ spf=pass .*smtp\.mailfrom=ada@example\.com/);
    await program.line(/^ dmarc=pass .*header\.from=example\.com/);
  });
  assertEquals(reply.slice(0, 3), "250", reply);
  for (const name of Object.keys(RECORDS)) assert(nameserver.asked.has(name), name);
});

Deno.test("examples/dmarc rejects what neither SPF nor DKIM vouches for, where the domain wants it so", async () => {
  await using nameserver = await startNameserver(RECORDS);
  const altered = (await signed()).replace("How is", "Give me");
  const reply = await send(nameserver, altered, "eve@example.net");
  assertStringIncludes(reply, "550 5.7.1");
});

Deno.test("examples/dmarc takes what its domain says nothing about", async () => {
  await using nameserver = await startNameserver({});
  assertEquals((await send(nameserver, MESSAGE)).slice(0, 3), "250");
});

Deno.test("examples/dmarc defers what cannot be checked now: the key is not there, or DNS fails", async () => {
  const message = await signed();
  const { "s1._domainkey.example.com": _, ...withoutKey } = RECORDS;
  for (const records of [withoutKey, { ...RECORDS, "s1._domainkey.example.com": null }]) {
    await using nameserver = await startNameserver(records);
    assertStringIncludes(await send(nameserver, message, "ada@example.net"), "451 4.7.0");
  }
});

Deno.test("examples/dmarc may ask its nameserver and nobody else: the worker is denied another one", async () => {
  await using nameserver = await startNameserver(RECORDS);
  await using other = await startNameserver(RECORDS);
  await using folder = await projectWith("dmarc");
  // The script asks another one than was granted to it; to the process both are granted.
  const file = `${folder.path}/examples/dmarc/receive.ts`;
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace("Deno.args[0]", `"${other.address}"`));
  const both = `${nameserver.address},${other.address}`;
  const command = await commandOf("dmarc/server.ts", { "192.0.2.53:53": both });
  command[command.length - 1] = nameserver.address;
  await using server = await startExample(folder, [...command, "0"]);
  await using client = new Client({
    host: "127.0.0.1",
    port: server.port,
    encryptMode: EncryptMode.none,
  });
  await client.connect();
  const error = await client.sendMail(await signed()).catch((error) => error);
  assertEquals(error.reply?.code, 451);
  assertEquals([...other.asked], []);
});
