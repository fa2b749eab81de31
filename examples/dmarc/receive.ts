// deno-lint-ignore-file no-console -- a program for people
import { Buffer } from "node:buffer";
import type { ReceiveSession } from "@infinity/smtp/session";
import { authenticate } from "mailauth";

// A worker sees the arguments of the program.
const address = Deno.args[0];
const colon = address.lastIndexOf(":");
const nameServer = { ipAddr: address.slice(0, colon), port: Number(address.slice(colon + 1)) };

/** Asks the nameserver, and answers as Node does, which mailauth expects. */
async function resolve(name: string, type: string): Promise<string[] | string[][]> {
  try {
    if (type !== "MX") return await Deno.resolveDns(name, type as "TXT", { nameServer });
    const hosts = await Deno.resolveDns(name, type, { nameServer });
    const found = hosts.map(({ preference, exchange }) => ({ priority: preference, exchange }));
    return found as unknown as string[]; // the types of mailauth forget this case
  } catch (error) {
    // Deno says NotFound also where the nameserver failed (SERVFAIL). A key that a signature names should be there: try again
    // later. Of SPF and DMARC that is not known: such a failure counts as a domain that says nothing.
    if (!(error instanceof Deno.errors.NotFound) || name.includes("._domainkey.")) throw error;
    throw Object.assign(error, { code: "ENOTFOUND" });
  }
}

export default async function receive(session: ReceiveSession): Promise<void> {
  const { dkim, spf, dmarc, headers } = await authenticate(Buffer.from(session.raw), {
    ip: session.ip,
    helo: session.hello ?? undefined,
    sender: session.mailFrom.address,
    mta: "mx.example.com",
    resolver: resolve,
    disableArc: true,
    disableBimi: true,
  });
  const results = {
    spf: spf ? spf.status.result : "none",
    dkim: dkim.results.map(({ status }) => status.result),
    dmarc: dmarc ? dmarc.status.result : "none",
  };
  session.state.authentication = results; // for onDisconnect, and for the next message of the session
  if (results.dmarc !== "pass" && Object.values(results).flat().includes("temperror")) {
    session.defer("4.7.0 The sender cannot be checked now");
  } else if (dmarc && results.dmarc === "fail" && dmarc.policy === "reject") {
    session.reject(
      550,
      "5.7.1 Not authenticated, and the sender's domain wants such mail rejected",
    );
  } else {
    // To be shown is all that becomes of mail here. To keep it, grant the script a folder, put these lines before the message,
    // and store both as maildir/receive.ts does.
    console.log(headers);
    session.received = true;
  }
}
