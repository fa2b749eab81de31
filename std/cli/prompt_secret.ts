// promptSecret() of jsr:@std/cli, from the npm release of the same code, with the types that we use.
import { promptSecret as prompt } from "deno-std/cli/prompt_secret.js";

/** How to ask. */
export interface PromptSecretOptions {
  /** What stands for each character; the empty text shows nothing. */
  mask?: string;
  /** Whether the line is cleared afterwards. */
  clear?: boolean;
}

/** Asks on the terminal for a text that is not shown; null where there is no terminal. */
export const promptSecret: (message?: string, options?: PromptSecretOptions) => string | null =
  prompt;
