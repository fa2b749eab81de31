/**
 * Makes the module of code that the scanner of content loads, from its text.
 *
 * @module
 */
import wabt from "wabt";

const TEXT = new URL("../../session/wire/content_scan.wat", import.meta.url);

/** The module that belongs there. */
export const CODE_MODULE: URL = new URL("../../session/wire/content_scan_code.ts", import.meta.url);

/**
 * Assembles the scanner.
 *
 * @returns The text of the module.
 */
export async function assemble(): Promise<string> {
  const { parseWat } = await wabt();
  const parsed = parseWat("content_scan.wat", Deno.readTextFileSync(TEXT), { simd: true });
  try {
    const { buffer } = parsed.toBinary({});
    const code = btoa(String.fromCharCode(...buffer)).match(/.{1,90}/g) ?? [];
    return `/**
 * The code of \`content_scan.wat\`, in Base64. Made by \`deno task assemble\`.
 *
 * @module
 */

/** The code. */
export const CODE: string =
  ${code.map((line) => `"${line}"`).join(" +\n  ")};
`;
  } finally {
    parsed.destroy();
  }
}

if (import.meta.main) Deno.writeTextFileSync(CODE_MODULE, await assemble());
