/**
 * All contenders.
 *
 * @module
 */
import type { Contender } from "../contender.ts";
import { aiosmtpd } from "./aiosmtpd.ts";
import { haraka } from "./haraka.ts";
import { nullServer } from "./null_server.ts";
import { oursFunctions } from "./ours_functions.ts";
import { oursTelemetry } from "./ours_telemetry.ts";
import { oursWorkers } from "./ours_workers.ts";
import { smtpServer } from "./smtp_server.ts";
import { smtpSink } from "./smtp_sink.ts";

/** In the order of the table. */
export const CONTENDERS: readonly Contender[] = [
  oursFunctions,
  oursTelemetry,
  oursWorkers,
  nullServer,
  smtpServer,
  smtpSink,
  haraka,
  aiosmtpd,
];
