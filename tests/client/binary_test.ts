import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Client, type ClientOptions, SendError, type SendOptions } from "../../client/mod.ts";
import { decodeLatin1, encodeUtf8 } from "../../session/wire/bytes.ts";
import { plainClient } from "../helpers/clients.ts";
import { type Script, ScriptServer } from "../helpers/script_server.ts";

const ENVELOPE = { from: "a@x.test", to: "b@x.test" };
const BINARY: SendOptions = { envelope: ENVELOPE, binary: true };
const OFFERED = ["CHUNKING", "BINARYMIME", "8BITMIME", "PIPELINING", "SIZE"];
const HEADER = "MIME-Version: 1.0\r\nContent-Transfer-Encoding: binary\r\n\r\n";
const BODY = `\0\n\r\r\n.\r\n..\n${"x".repeat(2000)}\xff`;
const MAIL = Uint8Array.from(HEADER + BODY, (char) => char.charCodeAt(0));

async function send(
  script: Script,
  call: (client: Client) => Promise<unknown>,
  options: ClientOptions = {},
): Promise<void> {
  await using server = new ScriptServer(script);
  await using client = plainClient(server.port, options);
  await client.connect();
  await call(client);
}

/** Takes a message in chunks. */
function chunks(mail: string, got: string[]): Script {
  return async (peer) => {
    await peer.greet(...OFFERED);
    await peer.exchange(mail, "250 ok", "RCPT *", "250 ok");
    for (let last = false; !last;) {
      const chunk = await peer.chunk();
      ({ last } = chunk);
      got.push(chunk.content);
      await peer.say("250 ok\r\n");
    }
    await peer.quit();
  };
}

Deno.test("a binary message goes out bit for bit, by BDAT with BODY=BINARYMIME (RFC 3030 3, #162, #164)", async () => {
  const got: string[] = [];
  const mail = `MAIL FROM:<a@x.test> SIZE=${MAIL.length} BODY=BINARYMIME`;
  await send(chunks(mail, got), (client) => client.sendMail(MAIL, BINARY));
  assertEquals(got, [decodeLatin1(MAIL)]);
});

Deno.test("a binary stream and a large binary file go out bit for bit (RFC 3030 3, #162)", async () => {
  const path = await Deno.makeTempFile();
  try {
    const large = new Uint8Array(1024 * 1024).map((_, i) => i * 11 % 256);
    large.set(encodeUtf8(HEADER));
    await Deno.writeFile(path, large);
    const file: string[] = [];
    const size = `MAIL FROM:<a@x.test> SIZE=${large.length} BODY=BINARYMIME`;
    await send(chunks(size, file), (client) => client.sendFile(path, BINARY));
    assert(file.join("") === decodeLatin1(large) && file.length > 1);
    const stream: string[] = [];
    await send(
      chunks("MAIL FROM:<a@x.test> BODY=BINARYMIME", stream),
      (client) => client.sendStream(new Blob([MAIL]).stream(), BINARY),
    );
    assertEquals(stream.join(""), decodeLatin1(MAIL));
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("line ends become CRLF where nobody asks for binary, whatever the header says (RFC 3030 3, #164)", async () => {
  const got: string[] = [];
  const script = chunks("MAIL FROM:<a@x.test> SIZE=*", got);
  const text = `${HEADER}a\nb\r\n`;
  await send(script, (client) => client.sendMail(text, { envelope: ENVELOPE }));
  assertEquals(got, [`${HEADER}a\r\nb\r\n`]);
});

Deno.test("a binary message is encoded where the server does not take it (RFC 3030 3, #164)", async () => {
  const rows: [string[], ClientOptions][] = [
    [["BINARYMIME", "8BITMIME"], {}],
    [["CHUNKING", "8BITMIME"], { chunking: false }],
    [[], {}],
    [OFFERED, { chunking: false }],
  ];
  for (const [offered, options] of rows) {
    await send(
      async (peer) => {
        await peer.greet(...offered);
        await peer.expect("MAIL *");
        assert(!peer.received.includes("BODY="), "7-bit");
        await peer.say("250 ok\r\n");
        await peer.exchange("RCPT *", "250 ok", "DATA", "354 go");
        const [header, body] = (await peer.message()).split("\r\n\r\n");
        assertEquals(header, "MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64");
        assertEquals(atob(body.replaceAll("\r\n", "")), BODY);
        await peer.say("250 ok\r\n");
        await peer.quit();
      },
      (client) => client.sendMail(MAIL, BINARY),
      options,
    );
  }
});

Deno.test("a binary message that declares nothing is refused where the server does not take it (RFC 3030 3, #164)", async () => {
  await send(async (peer) => {
    await peer.greet("CHUNKING", "8BITMIME");
    await peer.quit();
  }, async (client) => {
    const sending = client.sendMail("MIME-Version: 1.0\r\n\r\na\0b", BINARY);
    const error = await assertRejects(() => sending, SendError, "does not offer BINARYMIME");
    assertEquals([error.kind, error.outcome], ["unsupported", "not sent"]);
    const wrong = { binary: 1 } as unknown as SendOptions;
    await assertRejects(() => client.sendMail("X: y\r\n\r\n", wrong), TypeError, "binary");
  });
});
