/**
 * The message that `send` sends: where it is read from, and who it is from and for.
 *
 * @module
 */

import { parseAddressList } from "../client/message/address_list.ts";
import { recipientsFromHeader, senderFromHeader } from "../client/message/envelope.ts";
import { HeaderScanner, parseHeader } from "../client/message/header.ts";
import { fileSource, type MailSource, streamSource } from "../client/message/mail_source.ts";
import type { EnvelopeInit } from "../client/mod.ts";
import { CLIENT_LIMITS } from "../client/options.ts";
import type { Address } from "../session/wire/address.ts";
import { concat, encodeUtf8 } from "../session/wire/bytes.ts";
import { printable } from "../session/wire/escape.ts";
import type { CliArguments, CliOption } from "./arguments.ts";
import { CliError, UsageError } from "./errors.ts";
import { ExitCode } from "./exit_codes.ts";

/** The options that say who a message is from and for. */
export const ENVELOPE_OPTIONS: readonly CliOption[] = [
  { name: "from", value: "ADDRESS", help: "The sender; <> for none (default: as the header says)" },
  {
    name: "to",
    value: "ADDRESS",
    repeat: true,
    help:
      "A recipient, or several with commas between; may be repeated (default: as the header says)",
  },
];

/** A message that is to be sent. */
export interface Outgoing {
  /** Where its octets are read. */
  readonly source: string | ReadableStream<Uint8Array>;
  /** Who it is from and for; undefined where the header says that. */
  readonly envelope: EnvelopeInit | undefined;
}

/**
 * Finds the message, before the server hears of it. Where one of `--from` and `--to` is missing, the header is read for it.
 *
 * @param args The arguments.
 * @returns The message.
 * @throws {UsageError} If an argument does not fit.
 * @throws {CliError} If the message cannot be read.
 */
export async function findMessage(args: CliArguments): Promise<Outgoing> {
  const [path = "-", ...more] = args.operands;
  if (more.length > 0) {
    throw new UsageError(`Cannot send: one message at a time, got ${args.operands.length} files`);
  }
  const from = args.text("from") === undefined ? undefined : senderOf(args);
  const to = args.texts("to").flatMap((text) => readAddresses("to", text));
  if (path === "-") return await findInput(from, to);
  const { isFile } = await lookAt(path);
  if (isWhole(from, to)) return { source: path, envelope: envelopeOf(from, to) };
  const { readable } = await Deno.open(path);
  // A pipe that has a name, as the shell's <(…), can be read but once.
  if (!isFile) return await fromStream(readable, from, to);
  return { source: path, envelope: await completeEnvelope(readable, from, to) };
}

/**
 * The same as a source, to read it without sending it.
 *
 * @param outgoing The message.
 * @returns Its source.
 */
export function sourceOf({ source }: Outgoing): MailSource {
  return typeof source === "string" ? fileSource(source) : streamSource(source);
}

async function findInput(from: string | undefined, to: readonly string[]): Promise<Outgoing> {
  if (Deno.stdin.isTerminal()) {
    throw new UsageError("Cannot send: no message, name a file or pipe one into standard input");
  }
  return await fromStream(Deno.stdin.readable, from, to);
}

async function fromStream(
  stream: ReadableStream<Uint8Array>,
  from: string | undefined,
  to: readonly string[],
): Promise<Outgoing> {
  if (isWhole(from, to)) return { source: stream, envelope: envelopeOf(from, to) };
  const [head, source] = stream.tee();
  return { source, envelope: await completeEnvelope(head, from, to) };
}

/** Whether the header need not be read for the envelope, or will be read by the client alone. */
function isWhole(from: string | undefined, to: readonly string[]): boolean {
  return (from !== undefined) === (to.length > 0);
}

function envelopeOf(from: string | undefined, to: readonly string[]): EnvelopeInit | undefined {
  return from === undefined ? undefined : { from, to };
}

async function completeEnvelope(
  stream: ReadableStream<Uint8Array>,
  from: string | undefined,
  to: readonly string[],
): Promise<EnvelopeInit> {
  const header = parseHeader(await readHeader(stream));
  try {
    return {
      from: from ?? senderFromHeader(header).text,
      to: to.length > 0 ? to : recipientsFromHeader(header).map(({ text }) => text),
    };
  } catch (cause) {
    throw unsuitable(cause);
  }
}

/**
 * The client's own words for a message that it cannot send: no recipients in the header, a header that is too long.
 *
 * @param error What was thrown.
 * @returns The error to throw.
 */
export function unsuitable(error: unknown): unknown {
  if (!(error instanceof TypeError || error instanceof RangeError)) return error;
  const text = error.message.replace('give "envelope"', "give --from and --to");
  return new CliError(ExitCode.data, text, { cause: error });
}

async function readHeader(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const scanner = new HeaderScanner();
  const pieces: Uint8Array[] = [];
  let held = 0;
  // Half of a tee is let go of only together with the other: nobody waits for that.
  const reader = stream.getReader();
  try {
    while (held <= CLIENT_LIMITS.header) {
      const { value } = await reader.read();
      if (value === undefined) break;
      pieces.push(value);
      const end = scanner.push(value);
      held += value.length;
      if (end >= 0) return concat(pieces).subarray(0, end);
    }
    return concat(pieces);
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function lookAt(path: string): Promise<Deno.FileInfo> {
  const name = `Cannot send "${printable(path, 200)}"`;
  const info = await Deno.stat(path).catch((cause: Error) => {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    const missing = cause instanceof Deno.errors.NotFound;
    const reason = missing ? "there is no such file" : printable(cause.message, 300);
    throw new CliError(ExitCode.data, `${name}: ${reason}`, { cause });
  });
  if (info.isDirectory) throw new CliError(ExitCode.data, `${name}: it is a folder`);
  return info;
}

/** One address; `<>` is the null reverse-path. */
function senderOf(args: CliArguments): string {
  const text = args.text("from") ?? "";
  if (text === "<>") return "";
  const addresses = readAddresses("from", text);
  if (addresses.length === 1) return addresses[0];
  throw new UsageError(`Cannot take "--from": must be one address, got ${addresses.length}`);
}

/** Addresses as people write them: `Ada <ada@example.org>, bob@example.org`. */
function readAddresses(option: string, text: string): string[] {
  try {
    return addressesIn(text).map((address) => address.text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new UsageError(
      `Cannot take "--${option}": must be an address such as "ada@example.org", got "${
        printable(text, 100)
      }"`,
      { cause },
    );
  }
}

function addressesIn(text: string): Address[] {
  const addresses = parseAddressList(encodeUtf8(text));
  if (addresses.length === 0) throw new SyntaxError("no address");
  return addresses;
}
