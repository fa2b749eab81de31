import type { Load } from "../load.ts";

/** Load (a): small messages over connections that are kept. */
export const keptSmall: Load = {
  name: "a",
  title: "2 KB messages over 32 kept connections",
  connections: 32,
  octets: 2048,
  recipients: 1,
  kept: true,
  messages: 20_000,
};
