import { connectTo, dialogue, play, serving } from "../helpers/dialogue.ts";
import { octets } from "../helpers/split.ts";
import { exchanges, GREETED, HELO, MAIL, QUIT } from "../helpers/transcripts.ts";

const TOO_LONG = "500 5.5.2 Line too long";
const BARE_LF = "S: 500 5.5.2 Lines end in CR LF, got a bare LF, closing the connection\n== end";

Deno.test("a command ended by a bare LF is refused and the connection closed (RFC 5321 2.3.8, #40)", async () => {
  await dialogue({}, [
    `${GREETED}C> NOOP\\n\n${BARE_LF}`,
    `${HELO}C> MAIL FROM:<>\\nRCPT TO:<b@mx.test>\\r\\n\n${BARE_LF}`,
    `${GREETED}C> \\n\n${BARE_LF}`,
    `${GREETED}C> ${"x".repeat(3000)}\\n\n${BARE_LF}`,
  ]);
});

Deno.test("a CR without LF does not end a command (RFC 5321 2.3.8, #40, A7)", async () => {
  await dialogue(
    {},
    HELO +
      exchanges([["NOOP\\rQUIT", "500 5.5.2 Malformed command"], [
        "NOOP\\r",
        "500 5.5.2 Malformed command",
      ]]) + QUIT,
  );
});

Deno.test("a command line of 2,048 octets is taken, one more is 500 and the session goes on (RFC 5321 4.5.3.1.4, #57, #62, S10, S70, A7)", async () => {
  await dialogue(
    {},
    HELO + exchanges([
      [`NOOP ${"x".repeat(512 - 7)}`, "250 2.0.0 OK"],
      [`NOOP ${"x".repeat(2048 - 7)}`, "250 2.0.0 OK"],
      [`NOOP ${"x".repeat(2049 - 7)}`, TOO_LONG],
      [`MAIL FROM:<${"x".repeat(3000)}@client.test>`, TOO_LONG],
      [`${"x".repeat(20_000)}`, TOO_LONG],
    ]) + MAIL + QUIT,
  );
});

Deno.test("paths up to 256 octets are taken, longer ones are 501 (RFC 5321 4.5.3.1, #56, #62, A9)", async () => {
  const local = "x".repeat(64);
  const domain = (length: number): string =>
    `${"d".repeat(60)}.`.repeat(4).slice(0, length - 4).replace(/\.$/, "d") + ".org";
  await dialogue(
    {},
    HELO + exchanges([
      [`MAIL FROM:<${local}@${domain(256 - 67)}>`, "250 2.1.0 Sender accepted"],
      [`RCPT TO:<${local}@${domain(257 - 67)}>`, "501 5.5.4 {any}"],
    ]) + QUIT,
  );
});

Deno.test("the limit of a command line may be set, not below 512 (#57)", async () => {
  await dialogue(
    { limits: { commandLine: 512 } },
    HELO + exchanges([
      [`NOOP ${"x".repeat(512 - 7)}`, "250 2.0.0 OK"],
      [`NOOP ${"x".repeat(513 - 7)}`, TOO_LONG],
    ]) + QUIT,
  );
});

Deno.test("a megabyte without a line end is one line too long; behind it the session goes on (S11, A7)", async () => {
  await dialogue(
    {},
    `${GREETED}C> ${
      "x".repeat(1_000_000)
    }\nC> \\r\\nNOOP\\r\\n\nS: ${TOO_LONG}\nS: 250 2.0.0 OK\n${QUIT}`,
  );
});

Deno.test("a line whose end does not come within 2 MiB ends the connection (S11, A7)", async () => {
  await serving({}, async (server) => {
    const channel = await connectTo(server);
    const flood = octets("x".repeat(64 * 1024));
    for (let sent = 0; sent < 2 * 1024 * 1024; sent += flood.length) await channel.write(flood);
    await play(channel, `${GREETED}S: ${TOO_LONG}\n== end`);
  });
});
