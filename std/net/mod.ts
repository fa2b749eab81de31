// jsr:@std/net, as far as we use it.
export * from "./get_available_port.ts";
