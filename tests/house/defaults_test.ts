import { assert, assertEquals } from "@std/assert";
import { CLIENT_LIMITS, CLIENT_TIMEOUTS } from "../../client/options.ts";
import {
  BODY_LEAST_RATE,
  BODY_RATE_GRACE,
  MAX_CONNECTIONS,
  SERVER_LIMITS,
  SERVER_TIMEOUTS,
} from "../../session/limits.ts";
import { REPLIES } from "../../session/replies.ts";
import { listProduct, read } from "./files.ts";

const PAGE = read("docs/defaults.md");

/** The first two cells of the rows under a heading: option and default. */
function defaults(heading: string): Map<string, string> {
  const section = PAGE.split(/^## /m).find((text) => text.startsWith(heading));
  assert(section !== undefined, heading);
  const rows = section.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").slice(1, 3).map((cell) => cell.trim()));
  return new Map(rows.map(([name, value]) => [name.replaceAll("`", ""), value]));
}

/** What the page should say of these. */
function written(values: object, prefix = ""): Map<string, string> {
  return new Map(
    Object.entries(values).map(([name, value]) => [
      prefix + name,
      Number.isFinite(value) ? value.toLocaleString("en-US") : "none",
    ]),
  );
}

Deno.test("docs/defaults.md has each limit and timeout of the server, with its number", () => {
  assertEquals(defaults("Limits of the server"), written(SERVER_LIMITS));
  assertEquals(defaults("Timeouts of the server"), written(SERVER_TIMEOUTS));
  const others = defaults("Other options");
  assertEquals(others.get("maxConnections"), MAX_CONNECTIONS.toLocaleString("en-US"));
  const rate = `${BODY_LEAST_RATE} octets a second on the average, once it takes longer than ${
    BODY_RATE_GRACE.toLocaleString("en-US")
  }`;
  assert(PAGE.includes(rate), rate);
});

Deno.test("docs/defaults.md has each limit and timeout of the client, with its number", () => {
  const rows = [...defaults("The client")].filter(([name]) => name.includes("."));
  assertEquals(
    new Map(rows),
    new Map([...written(CLIENT_TIMEOUTS, "timeouts."), ...written(CLIENT_LIMITS, "limits.")]),
  );
});

Deno.test("docs/defaults.md names every option of the server and the client that changes what is accepted", () => {
  const options = [...read("server/options.ts").matchAll(/^ {2}(\w+)\?: /gm)].map(([, name]) =>
    name
  );
  assert(options.length > 30, `${options.length}`);
  // What has no default to protect from anything: a place, a name, a hook.
  const others = new Set(
    "name onConnect onDisconnect onLogin certFile keyFile cert key rootCertFile rootCert limits timeouts tls auth onError trace telemetry"
      .split(" "),
  );
  const missing = options.filter((name) => !others.has(name) && !PAGE.includes(name));
  assertEquals(missing, []);
});

Deno.test("docs/defaults.md names replies that the server has", () => {
  const own = new Set(Object.values(REPLIES).map(({ code, enhanced }) => `${code} ${enhanced}`));
  own.add("501 5.5.4"); // made where it is needed
  const named = [...PAGE.matchAll(/`(\d{3} \d\.\d\.\d+)`/g)].map(([, reply]) => reply);
  assert(named.length > 20, `${named.length}`);
  assertEquals(named.filter((reply) => !own.has(reply)), []);
});

Deno.test("docs/defaults.md names the other figures as the code has them", () => {
  const figures: [RegExp, number][] = [
    [/DEFAULT_CONCURRENCY = ([\d_]+)/, 256],
    [/queue: ([\d_]+)/, 4_096],
    [/load: ([\d_]+)/, 10_000],
    [/runaways: ([1-9][\d_]*)/, 4],
    [/restarts: ([\d_]+)/, 5],
    [/restartWindow: ([\d_]+)/, 10_000],
    [/MAX_STATE\w* = ([\d_]+)/, 65_536],
    [/LOGS_PER_SECOND = ([\d_]+)/, 50],
  ];
  const code = listProduct().filter((path) => path.includes("/handler")).map(read).join("\n");
  for (const [pattern, figure] of figures) {
    assertEquals(Number(pattern.exec(code)?.[1].replaceAll("_", "")), figure, `${pattern}`);
    const words = new Map([[4, "four"], [5, "five times"]]);
    const shown = words.get(figure) ?? figure.toLocaleString("en-US");
    assert(PAGE.includes(shown), shown);
  }
});
