import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CliError, UsageError } from "../../cli/errors.ts";
import { ExitCode } from "../../cli/exit_codes.ts";
import { failureOf } from "../../cli/failure.ts";
import {
  type Reply,
  SendError,
  type SendReport,
  SmtpError,
  type SmtpErrorKind,
  type SmtpErrorOptions,
} from "../../client/mod.ts";

const ABORT = new DOMException("stop", "AbortError");

function reply(code: number): Reply {
  return { code, enhanced: null, lines: ["text"] };
}

function before(kind: SmtpErrorKind, options: SmtpErrorOptions = {}): SmtpError {
  return new SmtpError(kind, "Cannot connect", options);
}

function during(
  kind: SmtpErrorKind,
  outcome: SendReport["outcome"] = "not sent",
  options: SmtpErrorOptions = {},
): SendError {
  const report = { outcome, from: "", recipients: [], accepted: [], rejected: [], size: 0 };
  return new SendError(kind, "Cannot send", options, { ...report, reply: options.reply ?? null });
}

const TABLE: readonly (readonly [what: string, error: unknown, code: number])[] = [
  ["a usage error", new UsageError("x"), 64],
  ["an error that knows its code", new CliError(ExitCode.config, "x"), 78],
  ["a missing permission", new Deno.errors.NotCapable("x"), 77],
  ["no connection", before("connection"), 69],
  ["no answer", before("timeout"), 69],
  ["no TLS", before("tls"), 69],
  ["no mechanism", before("auth"), 77],
  ["a broken dialogue", before("protocol"), 76],
  ["a server that is closed (554)", before("reply", { reply: reply(554) }), 69],
  ["a server that is busy (421)", before("reply", { reply: reply(421) }), 75],
  ["a login that needs more (534)", before("reply", { reply: reply(534) }), 77],
  ["a login that is off (502)", before("reply", { reply: reply(502), command: "AUTH LOGIN" }), 77],
  ["a login that waits (454)", before("reply", { reply: reply(454), command: "AUTH LOGIN" }), 75],
  ["Ctrl-C before the message", before("aborted", { cause: ABORT }), 75],
  ["a message refused for good", during("reply", "not sent", { reply: reply(554) }), 65],
  ["a message refused for now", during("reply", "not sent", { reply: reply(451) }), 75],
  ["a login that is wanted (530)", during("reply", "not sent", { reply: reply(530) }), 77],
  ["a connection that broke", during("connection"), 75],
  ["a server that fell silent", during("timeout"), 75],
  ["nonsense from the server", during("protocol"), 76],
  ["an outcome that is unknown", during("connection", "unknown"), 75],
  ["nonsense behind the message", during("protocol", "unknown"), 75],
  ["Ctrl-C in the message", during("aborted", "not sent", { cause: ABORT }), 75],
  ["Ctrl-C behind the message", during("aborted", "unknown", { cause: ABORT }), 75],
  ["a file that cannot be read on", during("aborted", "not sent", { cause: new Error() }), 65],
  ["8-bit octets", during("unsupported"), 65],
  ["an address with umlauts", before("unsupported"), 65],
];

for (const [what, error, code] of TABLE) {
  Deno.test(`failureOf() gives ${code} for ${what}`, () => {
    assertEquals(failureOf(error)?.code, code);
  });
}

Deno.test("failureOf() knows no rule for a bug", () => {
  assertEquals([new Error("x"), new TypeError("x"), "x", null].map(failureOf), Array(4).fill(null));
});

Deno.test("failureOf() says that what is unknown must not be repeated blindly (RFC 1047)", () => {
  const told = failureOf(during("connection", "unknown"))?.message ?? "";
  assertStringIncludes(told, "UNKNOWN");
  assertStringIncludes(told, "it may come twice");
  assert(!failureOf(during("connection"))?.message.includes("UNKNOWN"));
});

Deno.test("failureOf() says that an interrupted message was not sent, or that this is unknown", () => {
  assertEquals(
    failureOf(during("aborted", "not sent", { cause: ABORT }))?.message,
    "Interrupted: the message was not sent",
  );
  const unknown = failureOf(during("aborted", "unknown", { cause: ABORT }))?.message ?? "";
  assertStringIncludes(unknown, "Interrupted: Cannot send; whether the server took the message");
});

Deno.test("failureOf() names the options of the command line", () => {
  assertStringIncludes(failureOf(before("tls"))?.message ?? "", "--ca and --insecure");
  assertStringIncludes(
    failureOf(during("reply", "not sent", { reply: reply(530) }))?.message ?? "",
    "--user",
  );
});
