// jsr:@std/cli, as far as we use it.
export * from "./parse_args.ts";
export * from "./prompt_secret.ts";
