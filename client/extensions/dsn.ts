/**
 * DSN: which notifications the sender wants ([RFC 3461](https://www.rfc-editor.org/rfc/rfc3461), and
 * [RFC 6533](https://www.rfc-editor.org/rfc/rfc6533) for addresses past ASCII).
 *
 * @module
 */

import type { Address } from "../../session/wire/address.ts";
import { encodeUtf8 } from "../../session/wire/bytes.ts";
import { encodeUnitext, encodeXtext } from "../../session/wire/xtext.ts";
import { checkKeys, checkText, show } from "../checks.ts";
import type { Recipient } from "../message/recipient.ts";
import { type Extension, needed, type Transfer, unsupported } from "./extension.ts";
import type { DsnOptions } from "./options.ts";

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
  const encoded = utf8 ? encodeUnitext(text, transfer.international !== null) : encodeXtext(text);
  const value = `${utf8 ? "utf-8" : "rfc822"};${encoded}`;
  const { length } = encodeUtf8(value);
  if (length <= MAX_ORCPT) return `ORCPT=${value}`;
  throw unsupported(
    `"originalRecipient" must have up to ${MAX_ORCPT} octets once encoded, got ${length}`,
  );
}
