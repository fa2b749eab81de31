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
  HandlersConfig,
  HandlerSpec,
  PoolsConfig,
  Runner,
  ScriptsConfig,
  Tuning,
} from "./handler.ts";
export { Handlers } from "./handlers.ts";
export { planScripts } from "./plan.ts";
export { Pools } from "./pools.ts";
