import { assert, assertEquals, assertFalse } from "@std/assert";
import { SendError } from "../../client/mod.ts";
import { SevenBitEncoder } from "../../client/message/seven_bit.ts";
import { concat, decodeLatin1, encodeUtf8, isAscii } from "../../session/wire/bytes.ts";
import { plainClient } from "../helpers/clients.ts";
import { type ScriptPeer, ScriptServer } from "../helpers/script_server.ts";

const OPTIONS = { envelope: { from: "a@x.test", to: "b@x.test" } };
const MIME = "MIME-Version: 1.0\r\n";
const EIGHT = "Content-Transfer-Encoding: 8bit\r\n";
const QP = "Content-Transfer-Encoding: quoted-printable\r\n";
const BASE64 = "Content-Transfer-Encoding: base64\r\n";

/** What a message comes to, cut into pieces of that size. */
function encode(mail: string | Uint8Array, size = Infinity, binary = false): string {
  const bytes = typeof mail === "string" ? encodeUtf8(mail) : mail;
  const encoder = new SevenBitEncoder(binary);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    out.push(encoder.encode(bytes.slice(at, at + size)).slice());
  }
  out.push(encoder.finish());
  const whole = concat(out);
  assert(isAscii(whole), "ASCII");
  return decodeLatin1(whole);
}

/** Why a message cannot be encoded. */
function whyNot(mail: string | Uint8Array, binary = false): string {
  try {
    return encode(mail, Infinity, binary);
  } catch (error) {
    assert(error instanceof Error);
    return error.message;
  }
}

/** A part of a multipart with the boundary `b`. */
function part(header: string, body: string): string {
  return `--b\r\n${header}\r\n${body}\r\n`;
}

const MIXED = `${MIME}Content-Type: multipart/mixed;\r\n boundary="b"\r\n`;

Deno.test("an 8-bit text becomes quoted-printable, and its header says so (RFC 6152 3, #168)", () => {
  const rows: [string, string][] = [
    ["", ""],
    ["ü\r\n", "=C3=BC\r\n"],
    ["a=b \r\n\tü\t\r\n.\r\n", "a=3Db=20\r\n\t=C3=BC=09\r\n.\r\n"],
    ["no end ü", "no end =C3=BC\r\n"],
    ["lone\nends\rü", "lone\r\nends\r\n=C3=BC\r\n"],
    ["x".repeat(80) + "ü\r\n", `${"x".repeat(75)}=\r\nxxxxx=C3=BC\r\n`],
  ];
  for (const [body, expected] of rows) {
    const type = "Content-Type: text/plain; charset=utf-8\r\n";
    const got = encode(`Subject: s\r\n${MIME}${type}${EIGHT}X: y\r\n\r\n${body}`);
    assertEquals(got, `Subject: s\r\n${MIME}${type}${QP}X: y\r\n\r\n${expected}`);
  }
});

Deno.test("an 8-bit body that is no text becomes base64 (RFC 6152 3, #168)", () => {
  const type = "Content-Type: application/x-thing\r\n";
  const got = encode(`${MIME}${type}${EIGHT}\r\n${"ü".repeat(30)}\nz\n`);
  const lines = got.slice(`${MIME}${type}${BASE64}\r\n`.length).split("\r\n");
  assert(got.startsWith(`${MIME}${type}${BASE64}\r\n`));
  assertEquals(lines.map((line) => line.length), [76, 12, 0]);
  assertEquals(decodeURIComponent(escape(atob(lines.join("")))), `${"ü".repeat(30)}\r\nz\r\n`);
});

Deno.test("parts are encoded one by one; whatever else there is stays, octet for octet (RFC 6152 3, #168)", () => {
  const plain = part("Content-Type: text/plain\r\n", "as it = is ");
  const done = part(`Content-Type: image/png\r\n${BASE64}`, "AAAA\r\n");
  const inner = (encoding: string, text: string): string =>
    `--b \t\r\nContent-Type: MULTIPART/Alternative; boundary=b2 (x)\r\n\r\n--b2\r\n${encoding}\r\n${text}\r\n--b2--\r\n`;
  const before = `preamble\r\n--bb\r\n${plain}${done}`;
  const after = `--b--\r\nepilogue\r\n--b2\r\n`;
  const mail = MIXED + "\r\n" + before + inner(EIGHT, "ü") +
    part(`Content-Type: application/x\r\n${EIGHT}`, "ü\r\n") + after;
  const expected = MIXED + "\r\n" + before + inner(QP, "=C3=BC") +
    part(`Content-Type: application/x\r\n${BASE64}`, "w7wNCg==") + after;
  for (const size of [Infinity, 1, 2, 7]) assertEquals(encode(mail, size), expected, `${size}`);
});

Deno.test("a multipart and a message that are declared 8bit are 7bit afterwards, as no other may be said (RFC 2045 6.4)", () => {
  const seven = "Content-Transfer-Encoding: 7bit\r\n";
  const message = (encoding: string, own: string, text: string): string =>
    `--b\r\nContent-Type: message/rfc822\r\n${encoding}\r\nSubject: x\r\n${MIME}${own}\r\n${text}\r\n--b--\r\n`;
  assertEquals(
    encode(`${MIXED}${EIGHT}\r\n${message(EIGHT, EIGHT, "ü")}`),
    `${MIXED}${seven}\r\n${message(seven, QP, "=C3=BC")}`,
  );
});

Deno.test("parts of a digest are messages (RFC 2046 5.1.5)", () => {
  const digest = (own: string, text: string): string =>
    `${MIME}Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n${MIME}${own}\r\n${text}\r\n--b--\r\n`;
  assertEquals(encode(digest(EIGHT, "ü")), digest(QP, "=C3=BC"));
});

Deno.test("a message whose octets must stay as they are is refused, and the error says why (RFC 6152 3, #168)", () => {
  const signed = `${MIME}Content-Type: multipart/signed; boundary=b\r\n\r\n${part(EIGHT, "ü")}`;
  const rows: [string, string][] = [
    [`Subject: ü\r\n${MIME}${EIGHT}\r\nx`, "its header has octets above 127"],
    [`${MIXED}\r\n--b\r\nContent-Description: ü\r\n\r\nx`, "its header has octets above 127"],
    [`Subject: s\r\n${EIGHT}\r\nü`, "it has no MIME-Version"],
    [`${MIME}\r\nü`, "no Content-Transfer-Encoding: 8bit"],
    [`${MIXED}\r\nü\r\n--b\r\n`, "no Content-Transfer-Encoding: 8bit"],
    [`${MIXED}\r\n${part("", "ü")}`, "no Content-Transfer-Encoding: 8bit"],
    [`DKIM-Signature: v=1\r\n${MIME}${EIGHT}\r\nü`, "signature"],
    [`arc-message-signature: i=1\r\n${MIME}${EIGHT}\r\nü`, "signature"],
    [
      `${MIXED}\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nDKIM-Signature: v=1\r\n${MIME}${EIGHT}\r\nü`,
      "signature",
    ],
    [signed, "signature"],
    [`${MIXED}\r\n--b\r\n${signed.replaceAll("--b", "--c").replace("=b", "=c")}`, "signature"],
    [signed.replace("signed", "encrypted"), "signature"],
    [`${MIME}Content-Type: message/partial\r\n${EIGHT}\r\nü`, "may not be encoded"],
  ];
  for (const [mail, why] of rows) {
    const said = whyNot(mail);
    assert(
      said.startsWith("Cannot send: the server does not offer 8BITMIME") && said.includes(why),
      said,
    );
  }
});

Deno.test("what is signed passes where it is ASCII, and parts beside it are encoded (RFC 1847 2.1)", () => {
  const signed = "Content-Type: multipart/signed; boundary=c\r\n\r\n--c\r\n\r\nx = \r\n--c--";
  const mail = (own: string, text: string): string =>
    `${MIXED}\r\n--b\r\n${signed}\r\n${part(own, text)}--b--\r\n`;
  assertEquals(encode(mail(EIGHT, "ü")), mail(QP, "=C3=BC"));
  const dkim = `DKIM-Signature: v=1\r\n${MIME}${EIGHT}\r\nx = \r\n`;
  assertEquals(encode(dkim), dkim);
});

Deno.test("parts within parts have a bound, and so has the header of a part", () => {
  let deep = MIME;
  for (let i = 0; i < 120; i++) {
    deep += `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`;
  }
  assert(whyNot(deep).includes("more than 100 deep"));
  const long = `${MIXED}\r\n--b\r\n${"X: y\r\n".repeat(300_000)}`;
  assert(whyNot(long).includes("too long"));
});

Deno.test("octets that are no lines become base64, be they text or not (RFC 3030 3, #164)", () => {
  const header = encodeUtf8(
    `${MIME}Content-Type: text/plain\r\nContent-Transfer-Encoding: BINARY (x)\r\n\r\n`,
  );
  const body = Uint8Array.from({ length: 5000 }, (_, i) => i * 7 % 256);
  for (const size of [Infinity, 1, 100]) {
    const got = encode(concat([header, body]), size, true);
    const text = got.slice(got.indexOf("\r\n\r\n") + 4);
    assertEquals(atob(text.replaceAll("\r\n", "")), decodeLatin1(body));
    assert(text.split("\r\n").every((line) => line.length <= 76));
  }
  const nul = whyNot(`${MIME}\r\na\0b\r\n`, true);
  assert(nul.includes("does not offer BINARYMIME"), nul);
  for (const bad of ["a\nb", "a\rb"]) {
    assert(whyNot(`${MIME}\r\n${bad}\r\n`, true).includes("BINARYMIME"));
  }
});

Deno.test("a binary part ends before the line end that belongs to its delimiter (RFC 2046 5.1.1)", () => {
  const binary = "Content-Transfer-Encoding: binary\r\n";
  for (const body of ["", "\r\n", "a", "a\r\n", "\r\n\r\n--x", "\n--b\n", "a\r"]) {
    const got = encode(`${MIXED}\r\n${part(binary, body)}--b--\r\n`, 1, true);
    const start = `${MIXED}\r\n--b\r\n${BASE64}\r\n`;
    assert(got.startsWith(start) && got.endsWith("\r\n--b--\r\n"), JSON.stringify(got));
    const text = got.slice(start.length, -"\r\n--b--\r\n".length);
    assertEquals(atob(text.replaceAll("\r\n", "")), body, JSON.stringify(body));
  }
});

Deno.test("a binary message is refused where its header ends elsewhere for those who see lines (RFC 3030 3, #164)", () => {
  const binary = "Content-Transfer-Encoding: binary";
  for (
    const mail of [
      `MIME-Version: 1.0\n${binary}\n\nbody\n`,
      `MIME-Version: 1.0\n${binary}\n\nbody\r\n\r\nmore\r\n`,
      `${MIME}${binary}\r\nX: y\r\r\n\r\nbody`,
    ]
  ) assert(whyNot(mail, true).includes("anything but CRLF"), JSON.stringify(mail));
});

Deno.test("a message within another encoding is left as it is (RFC 2046 5.2.1)", () => {
  for (const encoding of ["base64", "quoted-printable", "x"]) {
    const header = `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: ${encoding}\r\n`;
    const inner = part(header, `${MIME}Content-Type: a/b\r\n${EIGHT}\r\nd=C3=A9j=C3=A0`);
    const got = encode(`${MIXED}\r\n${inner}${part(EIGHT, "ü")}--b--\r\n`);
    assertEquals(got, `${MIXED}\r\n${inner}${part(QP, "=C3=BC")}--b--\r\n`);
  }
});

Deno.test("what follows the last delimiter is no header, though a message without any stands before it", () => {
  const mail =
    `${MIXED}\r\n--b\r\nContent-Type: message/rfc822\r\n--b--\r\n${MIME}${EIGHT}\r\nx\r\n`;
  assertEquals(encode(mail), mail);
});

/** Takes a message by DATA; says MAIL and the message. */
async function takeMail(peer: ScriptPeer, got: string[], ...offered: string[]): Promise<void> {
  await peer.greet(...offered);
  got.push(await peer.line() ?? "");
  await peer.say("250 ok\r\n");
  await peer.exchange("RCPT *", "250 ok", "DATA", "354 go");
  got.push(await peer.message());
  await peer.say("250 ok\r\n");
  await peer.quit();
}

Deno.test("texts, files and streams are encoded alike, and SIZE is that of what is sent (#168, #113)", async () => {
  const head = `${MIME}${EIGHT}Bcc: x@x.test\r\n\r\n`;
  const mail = head + "ü\n".repeat(60_000);
  const expected = `${MIME}${QP}\r\n` + "=C3=BC\r\n".repeat(60_000);
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, mail);
    for (const kind of ["text", "file", "stream"]) {
      const got: string[] = [];
      await using server = new ScriptServer((peer) => takeMail(peer, got, "SIZE"));
      await using client = plainClient(server.port);
      await client.connect();
      const report = kind === "text"
        ? await client.sendMail(mail, OPTIONS)
        : kind === "file"
        ? await client.sendFile(path, OPTIONS)
        : await client.sendStream(new Blob([mail]).stream(), OPTIONS);
      assertEquals(report.size, expected.length);
      const size = kind === "stream" ? "" : ` SIZE=${expected.length}`;
      assertEquals(got[0], `MAIL FROM:<a@x.test>${size}`);
      assert(got[1] === expected, kind);
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a stream is encoded though nobody knows whether it has to be; a text that is ASCII is left alone (#168)", async () => {
  const mail = `${MIME}${EIGHT}\r\na = b\r\n`;
  for (const stream of [false, true]) {
    const got: string[] = [];
    await using server = new ScriptServer((peer) => takeMail(peer, got));
    await using client = plainClient(server.port);
    await client.connect();
    await (stream
      ? client.sendStream(new Blob([mail]).stream(), OPTIONS)
      : client.sendMail(mail, OPTIONS));
    assertEquals(got[1], stream ? `${MIME}${QP}\r\na =3D b\r\n` : mail);
  }
});

Deno.test("nothing is said of a message that cannot be encoded, and the connection stays (#168, C09)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, `${MIME}\r\n${"ü\r\n".repeat(60_000)}`);
    for (
      const send of [
        () => client.sendFile(path, OPTIONS),
        () => client.sendMail("X: y\n\nü", OPTIONS),
      ]
    ) {
      const error = await send().then(() => null, (thrown: unknown) => thrown);
      assert(error instanceof SendError);
      assertEquals([error.kind, error.outcome, error.temporary], [
        "unsupported",
        "not sent",
        false,
      ]);
      assert(client.connected);
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a server with 8BITMIME gets the octets as they are (#167)", async () => {
  const mail = `${MIME}${EIGHT}\r\nü\r\n`;
  const got: string[] = [];
  await using server = new ScriptServer((peer) => takeMail(peer, got, "8BITMIME"));
  await using client = plainClient(server.port);
  await client.connect();
  await client.sendMail(mail, OPTIONS);
  assertEquals(got, ["MAIL FROM:<a@x.test> BODY=8BITMIME", decodeLatin1(encodeUtf8(mail))]);
  assertFalse(got[1].includes("=C3"));
});

Deno.test("a file that gets 8-bit octets while it is sent never reaches a server without 8BITMIME (#168)", async () => {
  const path = await Deno.makeTempFile();
  try {
    const text = `X: y\r\n\r\n${"line\r\n".repeat(200_000)}`;
    await Deno.writeTextFile(path, text);
    await using server = new ScriptServer(async (peer) => {
      await peer.greet();
      await peer.exchange("MAIL *", "250 ok", "RCPT *", "250 ok");
      await Deno.writeTextFile(path, `${text}ü`);
      await peer.exchange("DATA", "354 go");
      await peer.gone();
      assertFalse(peer.received.includes("\xc3") || peer.received.includes("\r\n.\r\n"));
    });
    await using client = plainClient(server.port);
    await client.connect();
    const error = await client.sendFile(path, OPTIONS).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert(error instanceof SendError, String(error));
    assertEquals([error.kind, error.outcome], ["unsupported", "not sent"]);
  } finally {
    await Deno.remove(path);
  }
});
