import { assert, assertEquals } from "@std/assert";
import { nullServer } from "./contenders/null_server.ts";
import { needsOf } from "./contender.ts";
import { waves } from "./loaders/waves.ts";
import { SMALL } from "./loads.ts";

const load = { ...SMALL, measure: "latency" as const, connections: 5, recipients: 2 };

Deno.test({
  name: "the loader of waves sends whole waves, and two before the clock starts",
  ignore: !await waves.present(),
  async fn(): Promise<void> {
    const server = await nullServer.start(needsOf(load, null));
    try {
      const target = { port: server.port, certificate: null };
      const { sent, latency, busy } = await waves.run(target, load, 11);
      assertEquals(sent, 15 + 10);
      assertEquals(await server.received(), 25);
      assert(latency !== null && latency > 0 && busy !== null && busy > 0);
    } finally {
      await server.stop();
    }
  },
});
