// jsr:@std/yaml, as far as we use it.
export * from "./parse.ts";
export * from "./stringify.ts";
