/** Swaks and Postfix's smtp-source bring mail to our server by LMTP, over a Unix socket. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { findProgram, programTest, run, temporaryFolder } from "../helpers/programs.ts";
import { assertSameOctets, DOTS } from "./_messages.ts";
import { recorder } from "./_server.ts";

const swaks = findProgram("swaks");
const source = findProgram("smtp-source");

programTest(
  "swaks delivers by LMTP over a Unix socket: a reply for each recipient (RFC 2033 4.2, #202, #203)",
  [swaks],
  async () => {
    const folder = await temporaryFolder();
    const path = `${folder.path}/lmtp.sock`;
    await using server = await recorder({ protocol: "lmtp", path }, folder);
    const { bytes } = DOTS;
    const file = await folder.write("message.eml", bytes);
    const { code, output } = await run(swaks, [
      ...["--protocol", "LMTP", "--socket", path, "--helo", "client.test"],
      ...[
        "--from",
        "ada@example.org",
        "--to",
        "bob@example.org,nobody@example.org,eve@example.org",
      ],
      ...["--data", `@${file}`],
    ]);
    assertEquals(code, 0, output);
    assertStringIncludes(output, "<-  220 mail.test LMTP");
    assertStringIncludes(output, " -> LHLO client.test");
    assertEquals(output.split("<-  250 2.0.0 Message accepted").length - 1, 2, output);
    assertEquals(server.mail.map(({ to }) => to), [["bob@example.org", "eve@example.org"]]);
    // Swaks adds an empty line of its own.
    assertSameOctets(server.mail[0].raw.subarray(0, bytes.length), bytes);
    assertEquals(server.faults, []);
  },
);

programTest(
  "smtp-source delivers messages for several recipients by LMTP over a Unix socket (RFC 2033 4.2, #203)",
  [source],
  async () => {
    const folder = await temporaryFolder();
    const path = `${folder.path}/lmtp.sock`;
    await using server = await recorder({ protocol: "lmtp", path }, folder);
    const { code, output } = await run(source, [
      ...["-L", "-s", "2", "-m", "20", "-r", "3", "-l", "2000"],
      ...["-f", "ada@example.org", "-t", "bob@example.org", `unix:${path}`],
    ]);
    assertEquals(code, 0, output);
    assertEquals(server.mail.length, 20);
    assertEquals(server.mail[0].to.length, 3);
    assertEquals(server.faults, []);
  },
);
