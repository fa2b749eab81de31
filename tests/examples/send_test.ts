import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Server } from "@infinity/smtp/server";
import PostalMime from "postal-mime";
import { type Ran, run } from "../helpers/programs.ts";
import { commandOf, deno, projectWith } from "./_example.ts";

/** Runs the example against a server of this process. */
async function send(
  server: Server,
  args: string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  await using folder = await projectWith("send.ts");
  const port = String(server.addr?.port);
  const command = await commandOf("send.ts", { "127.0.0.1:2525": `127.0.0.1:${port}` });
  return await run(deno, [...command, ...args], {
    cwd: folder.path,
    env: { SMTP_PORT: port, NO_COLOR: "1", ...env },
  });
}

Deno.test("examples/send.ts sends two attachments, and tells what became of each recipient", async () => {
  const messages: Uint8Array[] = [];
  await using server = new Server({ hostname: "127.0.0.1", port: 0 });
  server.onRcptTo = (session) => void (session.accept = session.address === "ada@example.com");
  server.onReceive = (session) => {
    messages.push(session.raw.slice());
    session.received = true;
  };
  await server.start();
  const { code, stdout, output } = await send(server, []);
  assertEquals(code, 1, output); // one recipient was refused
  assertMatch(stdout, /^ada@example\.com: accepted, 250 /m);
  assertMatch(stdout, /^nobody@example\.com: refused, 550 /m);
  assertMatch(stdout, /^The message: sent, \d+ octets$/m);
  const { subject, attachments, text } = await PostalMime.parse(messages[0]);
  assertEquals(subject, "Numbers – and the program that sent them");
  assertEquals(text?.trim(), "Two attachments.");
  assertEquals(attachments.map(({ filename }) => filename), ["numbers.csv", "send.ts"]);
  assertEquals(
    new TextDecoder().decode(attachments[1].content as ArrayBuffer),
    await Deno.readTextFile(new URL("../../examples/send.ts", import.meta.url)),
  );
});

Deno.test("examples/send.ts logs in, and ends with 0 where all went well", async () => {
  await using server = new Server({ hostname: "127.0.0.1", port: 0 });
  server.onLogin = (session) => {
    session.authenticated = session.username === "ada" && session.password === "analytical";
  };
  server.onReceive = (session) => void (session.received = session.username === "ada");
  await server.start();
  const recipients = ["ada@example.com", "bob@example.com", "charles@example.com"];
  const login = { SMTP_USER: "ada", SMTP_PASSWORD: "analytical" };
  const { code, stdout, output } = await send(server, recipients, login);
  assertEquals(code, 0, output);
  assertMatch(stdout, /^bob@example\.com: accepted/m);
  assertMatch(stdout, /^charles@example\.com: accepted/m);
  const wrong = await send(server, recipients, { ...login, SMTP_PASSWORD: "difference" });
  assertEquals(wrong.code, 1, wrong.output);
  assertStringIncludes(wrong.output, "The server refuses SMTP_USER, SMTP_PASSWORD");
});

Deno.test("examples/send.ts says whether a later attempt may succeed", async () => {
  await using server = new Server({ hostname: "127.0.0.1", port: 0 });
  server.onReceive = (session) => session.defer("4.3.1 The disk is full");
  await server.start();
  const { code, stdout, output } = await send(server, ["ada@example.com", "bob@example.com"]);
  assertEquals(code, 1, output);
  assertMatch(stdout, /^The message: not sent, \d+ octets$/m);
  assertStringIncludes(output, "A later attempt may succeed");
});
