/**
 * smtp-server from npm on Node, with callbacks that accept and discard. Arguments: the folder that
 * it is installed in, and what it must be ready for (contender.ts). Speaks to the benchmark as
 * control.ts does.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { stdin, stdout } from "node:process";

const { SMTPServer } = createRequire(`${process.argv[2]}/package.json`)("smtp-server");
const { certificate } = JSON.parse(process.argv[3]);

const tls = certificate === null ? {} : {
  secure: true,
  cert: readFileSync(certificate.certFile),
  key: readFileSync(certificate.keyFile),
  minVersion: "TLSv1.3",
};
let received = 0;
const server = new SMTPServer({
  ...tls,
  authOptional: true,
  disabledCommands: ["AUTH", "STARTTLS"],
  disableReverseLookup: true,
  logger: false,
  onMailFrom: (_address, _session, callback) => callback(),
  onRcptTo: (_address, _session, callback) => callback(),
  onData: (stream, _session, callback) => {
    stream.on("end", () => {
      received++;
      callback();
    });
    stream.resume();
  },
});
// A connection that breaks shows in the counts.
server.on("error", () => {});
server.listen(0, "127.0.0.1", () => {
  stdout.write(`${JSON.stringify({ port: server.server.address().port, pid: process.pid })}\n`);
});
stdin.setEncoding("utf8");
stdin.on("data", (text) => {
  stdout.write(`${JSON.stringify({ received })}\n`.repeat(text.split("\n").length - 1));
});
stdin.on("end", () => process.exit(0));
