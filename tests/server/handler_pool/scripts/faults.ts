// Does what a handler should not, as the address says.
import type { RcptToSession } from "../../../../session/handler/session.ts";

const DEEDS: Record<string, (session: RcptToSession) => unknown> = {
  accept: (session) => session.accept = true,
  throw: () => {
    throw new TypeError("thrown on purpose");
  },
  reject: () => Promise.reject(new Error("rejected on purpose")),
  hostile: () => {
    throw {
      toString(): string {
        throw new Error("again");
      },
    };
  },
  never: () => new Promise(() => {}),
  exit: () => Deno.exit(3),
  close: () => self.close(),
  uncloneable: (session) => {
    session.state.handler = (): void => {};
    session.accept = true;
  },
  large: (session) => {
    session.state.text = "x".repeat(70_000);
    session.accept = true;
  },
  wrongType: (session) => (session as { accept: unknown }).accept = "yes",
  lineBreak: (session) => session.reject(550, "no\r\n250 yes"),
  code: (session) => session.reject(250, "yes"),
  readOnly: (session) => (session as { id: number }).id = 1,
  floating: (session) => {
    Promise.reject(new Error("nobody waits"));
    session.accept = true;
  },
  timer: (session) => {
    setTimeout(() => {
      throw new Error("thrown by a timer");
    });
    session.accept = true;
  },
  read: () => Deno.readTextFileSync("/etc/passwd"),
  write: () => Deno.writeTextFileSync("/tmp/infinity-smtp-must-not-exist", ""),
  net: () => Deno.connect({ hostname: "127.0.0.1", port: 1 }),
  env: () => Deno.env.get("HOME"),
  run: () => new Deno.Command("true").outputSync(),
  sys: () => Deno.hostname(),
  ffi: () => Deno.dlopen("libc.so.6", {}),
  steal: steal,
  release: release,
  tamper: (session) => {
    const nothing = (): void => {};
    MessagePort.prototype.postMessage = nothing;
    (globalThis as { postMessage?: unknown }).postMessage = nothing;
    Array.prototype.push = () => 0;
    Array.prototype.map = () => [];
    Promise.prototype.then = () => Promise.resolve() as Promise<never>;
    JSON.stringify = () => "";
    performance.now = () => 0;
    session.accept = true;
  },
};

async function locks(): Promise<string[]> {
  // deno-lint-ignore no-explicit-any
  const { held } = await (navigator as any).locks.query();
  return held.map(({ name }: { name: string }) => name);
}

async function steal(session: RcptToSession): Promise<void> {
  for (const name of await locks()) {
    // deno-lint-ignore no-explicit-any
    (navigator as any).locks.request(name, { steal: true }, () => new Promise(() => {}));
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  session.accept = true;
}

async function release(session: RcptToSession): Promise<void> {
  for (const name of await locks()) {
    // deno-lint-ignore no-explicit-any
    await (navigator as any).locks.request(name, { steal: true }, () => {});
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  session.accept = true;
}

export default async function (session: RcptToSession): Promise<void> {
  const deed = DEEDS[session.address.split("@")[0]];
  await deed(session);
}
