/**
 * Handlers, whatever they are, and what runs them.
 *
 * @module
 */

export type {
  Handler,
  HandlerGrants,
  HandlerLogRecord,
  HandlerMap,
  HandlerPermissions,
  HandlerSpec,
  PoolsConfig,
  Runner,
  ScriptsConfig,
  Tuning,
} from "./handler.ts";
export { Handlers, type HandlersConfig } from "./handlers.ts";
export { planScripts } from "./plan.ts";
export { Pools } from "./pools.ts";
