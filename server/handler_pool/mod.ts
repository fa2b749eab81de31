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
  Runner,
  Tuning,
} from "./handler.ts";
export { Handlers } from "./handlers.ts";
