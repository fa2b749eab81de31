/**
 * Which addresses are of this machine, so that nothing said to them crosses a network.
 *
 * @module
 */

/**
 * Whether an address is of this machine.
 *
 * @param ip The address, as the system writes it.
 * @returns True for 127.0.0.0/8, also mapped into IPv6, and ::1.
 */
export function isLoopback(ip: string): boolean {
  return ip.startsWith("127.") || ip === "::1" || ip.startsWith("::ffff:127.");
}
