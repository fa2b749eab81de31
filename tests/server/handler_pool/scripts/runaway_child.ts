// Runs scripts with endless loops and says what came of it, a line of JSON each. Only the death of this process
// ends those loops.
import type { Answer } from "../../../../session/handler/session.ts";
import { makeBench, makeFacts } from "../facts.ts";

const bench = makeBench({ onRcptTo: "loop.ts" }, {
  deadline: 1_000,
  tuning: { ping: 150, runaways: 2 },
});
await bench.handlers.start();

/** How many events have been answered. */
let answered = 0;

/** Runs one event; `place` says as which of all it was answered. */
async function run(name: string): Promise<Answer & { place: number }> {
  const answer = await bench.handlers.run(
    "onRcptTo",
    makeFacts({ address: `${name}@example.com` }),
  );
  return { ...answer, place: ++answered };
}

async function say(what: string, answers: (Answer & { place: number })[]): Promise<void> {
  const line = answers.map(({ verdict, fault, place }) => ({ verdict, fault, place }));
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify([what, line]) + "\n"));
}

await say("busy", await Promise.all(["busy", "b"].map(run)));
await say("first", await Promise.all(["loop", "b", "c"].map(run)));
await say("after the first", [await run("d")]);
await say("second", [await run("loop")]);
await say("barred", [await run("e")]);
const loading = makeBench({ onLogin: new URL("data:text/javascript,for(;;); export {}") }, {
  tuning: { load: 400, ping: 150 },
});
const refusal = await loading.handlers.start().then(() => "started", (error) => error.message);
await say(refusal, []);
const { runaways } = await bench.handlers.stop();
await say(`stopped with ${runaways}`, []);
