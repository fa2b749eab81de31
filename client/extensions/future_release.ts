/**
 * FUTURERELEASE: when the server lets the message go ([RFC 4865](https://www.rfc-editor.org/rfc/rfc4865)).
 *
 * @module
 */

import { parseDecimalText } from "../../session/wire/bytes.ts";
import { checkInteger, show } from "../checks.ts";
import {
  type Extension,
  needed,
  type OptionCheck,
  type Transfer,
  unsupported,
} from "./extension.ts";

/** The parameters HOLDFOR and HOLDUNTIL of MAIL. */
export const futureRelease: Extension = {
  keyword: "FUTURERELEASE",
  options: {
    holdFor: (value) => checkInteger("holdFor", value, 1, 999_999_999),
    holdUntil: checkHoldUntil,
  },
  mail,
};

/** RFC 3339 has years of four digits. */
const END_OF_TIME = Date.UTC(10_000, 0);

function checkHoldUntil(...[value, { holdFor }]: Parameters<OptionCheck>): Date {
  if (holdFor !== undefined) {
    throw new TypeError('Cannot send: only one of "holdFor" and "holdUntil" may be set, got both');
  }
  const time = value instanceof Date ? Math.ceil(value.getTime() / 1000) * 1000 : NaN;
  if (time >= 0 && time < END_OF_TIME) return new Date(time);
  throw new TypeError(`Cannot set "holdUntil": must be a Date that is valid, got ${show(value)}`);
}

function mail({ capabilities, asked: { holdFor, holdUntil } }: Transfer): string[] {
  if (holdFor === undefined && holdUntil === undefined) return [];
  const name = holdFor === undefined ? '"holdUntil"' : '"holdFor"';
  const [seconds = "", date = ""] = needed(capabilities, futureRelease.keyword, name);
  const most = parseDecimalText(seconds, 9);
  if (holdFor !== undefined) {
    if (most >= 0 && holdFor > most) {
      throw unsupported(`the server holds messages up to ${most} seconds, got ${holdFor}`);
    }
    return [`HOLDFOR=${holdFor}`];
  }
  const until = `${holdUntil?.toISOString().slice(0, -".000Z".length)}Z`;
  // A date that is none sets no limit: NaN is less than nothing.
  if (Date.parse(date) < Date.parse(until)) {
    throw unsupported(
      `the server holds messages until ${new Date(date).toISOString()}, got ${until}`,
    );
  }
  return [`HOLDUNTIL=${until}`];
}
