import type { Contender, Needs, Running } from "../contender.ts";
import type { Load } from "../load.ts";
import { startDeno } from "./deno_program.ts";

/** Deno measures and makes spans as for a collector; none listens, so that the cost is the server's alone. */
const ENVIRONMENT = { OTEL_DENO: "true", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" };

/** Our server with handlers that are functions, and OpenTelemetry: what that costs. */
export const oursTelemetry: Contender = {
  name: "telemetry",
  title: "ours, handlers are functions, with metrics and traces",
  missing(): Promise<string | null> {
    return Promise.resolve(null);
  },
  cannot({ name }: Load): string | null {
    return name === "a" ? null : "its cost is that of small messages, load (a)";
  },
  start(needs: Needs): Promise<Running> {
    return startDeno("telemetry", "ours_functions.ts", needs, [], ENVIRONMENT);
  },
};
