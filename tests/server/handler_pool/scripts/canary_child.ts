// Starts a handler without permissions, and prints the warnings of the start as JSON.
import { makeBench } from "../facts.ts";

await using bench = makeBench({ onMailFrom: "loop.ts" }, { tuning: { canary: true } });
await bench.handlers.start();
const warnings = bench.logs.filter(({ level }) => level === "warning");
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(warnings)));
