/**
 * DSN: which notifications the sender wants ([RFC 3461](https://www.rfc-editor.org/rfc/rfc3461), and
 * [RFC 6533](https://www.rfc-editor.org/rfc/rfc6533) for addresses past ASCII).
 *
 * @module
 */

import type { Address } from "../../session/wire/address.ts";
import { encodeXtext } from "../../session/wire/xtext.ts";
import { checkKeys, checkText, show } from "../checks.ts";
import type { Recipient } from "../recipient.ts";
import { type Extension, needed, type Transfer, unsupported } from "./extension.ts";

/** What delivery status notifications hold. */
export interface DsnOptions {
  /** How much of the message a notification of failure returns. @default {what the server does by itself} */
  readonly return?: "full" | "headers";
  /** What notifications say to tell this envelope from others: printable ASCII, up to 100 octets once it is encoded. */
  readonly envelopeId?: string;
}

/** The parameters RET and ENVID of MAIL, NOTIFY and ORCPT of RCPT. */
export const dsn: Extension = { keyword: "DSN", options: { dsn: checkDsn }, mail, rcpt };

const RETURN = { full: "FULL", headers: "HDRS" } as const;
/** The most octets in ENVID and in ORCPT, once encoded (section 5.4). */
const MAX_ENVID = 100;
const MAX_ORCPT = 500;

function checkDsn(value: unknown): DsnOptions {
  const { return: returned, envelopeId }: DsnOptions = checkKeys("dsn", value, [
    "return",
    "envelopeId",
  ]);
  if (returned !== undefined && !Object.hasOwn(RETURN, returned)) {
    throw new TypeError(
      `Cannot set "dsn.return": must be "full" or "headers", got ${show(returned)}`,
    );
  }
  if (envelopeId !== undefined) checkEnvelopeId(envelopeId);
  return { return: returned, envelopeId };
}

function checkEnvelopeId(value: string): void {
  const text = checkText("dsn.envelopeId", value);
  const ascii = [...text].every((character) => character <= "~");
  if (ascii && text !== "" && encodeXtext(text).length <= MAX_ENVID) return;
  throw new TypeError(
    `Cannot set "dsn.envelopeId": must be printable ASCII, 1 to ${MAX_ENVID} octets as xtext, got ${
      show(text)
    }`,
  );
}

function mail({ capabilities, asked, message }: Transfer): string[] {
  const { dsn: wanted } = asked;
  const perRecipient = message.envelope.to.some(({ notify, originalRecipient }) =>
    notify !== undefined || originalRecipient !== undefined
  );
  if (wanted === undefined && !perRecipient) return [];
  needed(
    capabilities,
    dsn.keyword,
    wanted === undefined ? '"notify" or "originalRecipient"' : '"dsn"',
  );
  const params: string[] = [];
  if (wanted?.return !== undefined) params.push(`RET=${RETURN[wanted.return]}`);
  if (wanted?.envelopeId !== undefined) params.push(`ENVID=${encodeXtext(wanted.envelopeId)}`);
  return params;
}

function rcpt(transfer: Transfer, { notify, originalRecipient }: Recipient): string[] {
  const params: string[] = [];
  if (notify !== undefined) params.push(`NOTIFY=${notify}`);
  if (originalRecipient !== undefined) params.push(formatOrcpt(transfer, originalRecipient));
  return params;
}

/** An address past ASCII has a type of its own, and two forms: as it is where the session is international, else in ASCII (RFC 6533 section 3). */
function formatOrcpt(transfer: Transfer, { text, utf8 }: Address): string {
  const encoded = utf8 ? encodeUtf8Address(text, transfer.utf8) : encodeXtext(text);
  const value = `${utf8 ? "utf-8" : "rfc822"};${encoded}`;
  if (value.length <= MAX_ORCPT) return `ORCPT=${value}`;
  throw unsupported(
    `"originalRecipient" must have up to ${MAX_ORCPT} octets once encoded, got ${value.length}`,
  );
}

function encodeUtf8Address(text: string, native: boolean): string {
  let encoded = "";
  for (const character of text) {
    const plain = character > "~" ? native : character > " " && !"\\+=".includes(character);
    const hex = character.codePointAt(0)?.toString(16).toUpperCase();
    encoded += plain ? character : `\\x{${hex}}`;
  }
  return encoded;
}
