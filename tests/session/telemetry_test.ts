import { assert, assertEquals } from "@std/assert";
import { loadClientTelemetry } from "../../client/telemetry.ts";
import { loadServerTelemetry } from "../../server/telemetry/telemetry.ts";
import { tlsVersion } from "../../session/telemetry.ts";
import { measuring } from "../helpers/telemetry.ts";

/** What is looked at of `deno info --json`. */
interface Graph {
  readonly modules: readonly {
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: unknown;
      readonly isDynamic?: boolean;
    }[];
  }[];
}

Deno.test("telemetryLoader() gives nothing without OpenTelemetry, and with it the same instruments to all", async () => {
  for (const load of [loadServerTelemetry, loadClientTelemetry]) {
    assertEquals(await load(), null);
    const first = await measuring(async () => {
      const telemetry = await load();
      assert(telemetry !== null && telemetry === await load());
      return telemetry;
    });
    assertEquals(await load(), null);
    await measuring(async () =>
      assert(first !== await load(), "another provider, other instruments")
    );
  }
});

Deno.test("the library imports OpenTelemetry in one place, and only when asked to", async () => {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", import.meta.resolve("../../mod.ts")],
    env: { NO_COLOR: "1" },
  });
  const { stdout } = await command.output();
  const { modules }: Graph = JSON.parse(new TextDecoder().decode(stdout));
  const imports = modules.flatMap(({ dependencies }) => dependencies ?? [])
    .filter(({ specifier, code }) => specifier === "@opentelemetry/api" && code !== undefined);
  assertEquals(imports.map(({ isDynamic }) => isDynamic), [true]);
});

Deno.test("docs/telemetry.md lists every metric with its kind and unit", async () => {
  const made = await measuring(async (seen) => {
    await loadServerTelemetry();
    await loadClientTelemetry();
    return seen.instruments;
  });
  const text = await Deno.readTextFile(new URL("../../docs/telemetry.md", import.meta.url));
  const rows = text.split("\n").filter((line) => line.startsWith("| `smtp."));
  const listed = rows.map((row) => row.split(" | ").slice(0, 3).join(" ").slice(2));
  assertEquals(
    listed.sort(),
    made.map(([name, kind, unit]) => `\`${name}\` ${kind} \`${unit}\``).sort(),
  );
});

Deno.test("tlsVersion() is the number alone, and nothing in clear", () => {
  const facts = {
    cipher: "",
    servername: null,
    alpn: null,
    serverEndPoint: null,
    authorized: false,
    authorizationError: null,
    peerCertificate: null,
  };
  assertEquals(tlsVersion({ ...facts, protocol: "TLSv1.3" }), "1.3");
  assertEquals(tlsVersion({ ...facts, protocol: "TLSv1.1" }), "1.1");
  assertEquals(tlsVersion({ ...facts, protocol: "TLSv1" }), "1.0");
  assertEquals(tlsVersion(null), undefined);
});
