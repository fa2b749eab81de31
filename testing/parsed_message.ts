/**
 * What [postal-mime](https://postal-mime.postalsys.com) makes of a message: the parts of its `Email` that tests look at.
 *
 * @module
 */

/** An address of a header, or a named group of them. */
export interface ParsedAddress {
  /** The display name, decoded; empty where there is none. */
  readonly name: string;
  /** The address; undefined for a group. */
  readonly address?: string;
  /** The members of a group. */
  readonly group?: readonly ParsedAddress[];
}

/** An attachment. */
export interface ParsedAttachment {
  /** The name of the file, decoded; null where it has none. */
  readonly filename: string | null;
  /** The type, such as `"application/pdf"`. */
  readonly mimeType: string;
  /** How it is to be shown, such as `"attachment"` or `"inline"`; null where nothing is said. */
  readonly disposition: string | null;
  /** The identifier by which an HTML text refers to it, in angle brackets. */
  readonly contentId?: string;
  /** The content, decoded: an `ArrayBuffer`. */
  readonly content: ArrayBuffer | Uint8Array | string;
}

/** A message, parsed. What the message does not have is undefined. */
export interface ParsedMessage {
  /** Every field of the header, in order, the keys in lower case. */
  readonly headers: readonly { readonly key: string; readonly value: string }[];
  /** The author. */
  readonly from?: ParsedAddress;
  /** The recipients in `To`. */
  readonly to?: readonly ParsedAddress[];
  /** The recipients in `Cc`. */
  readonly cc?: readonly ParsedAddress[];
  /** Where answers go. */
  readonly replyTo?: readonly ParsedAddress[];
  /** The subject, decoded. */
  readonly subject?: string;
  /** The date, in the form of ISO 8601; as it stands where it is none. */
  readonly date?: string;
  /** The message's identifier, in angle brackets. */
  readonly messageId?: string;
  /** The plain text, its line ends LF. */
  readonly text?: string;
  /** The HTML text. */
  readonly html?: string;
  /** The attachments. */
  readonly attachments: readonly ParsedAttachment[];
}
