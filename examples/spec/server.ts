// deno-fmt-ignore-file -- as the documentation of INFINITY.JS has it
// deno-lint-ignore-file prefer-const no-console
/**
 * The server of the documentation of infinity.smtp, with the handler scripts that it names: smtp/login.js and smtp/receive.js
 * are plain scripts, run for each event with `infinity.smtp.session`, exactly as they are written for INFINITY.JS.
 *
 *     deno run --no-prompt --cached-only --unstable-worker-options --allow-net=127.0.0.1:2525 \
 *       --allow-read=. examples/spec/server.ts
 *
 * What is new in this file: the first three statements, an address, `await`, and the line that it prints. An argument is another
 * port. In a project of your own: deno add jsr:@infinity/smtp
 *
 * Permissions: net to listen on that one address; read for the scripts (and, in this repository, the library). The scripts have
 * none. Without a certificate a login is offered to this machine alone.
 */

import * as smtp from '@infinity/smtp';
const infinity = { smtp, loadModule: (_name: string): void => {} };
const port = Number(Deno.args[0] ?? 2525);

infinity.loadModule('infinity.smtp');
let myServer = new infinity.smtp.server(false, true, port);
myServer.hostname = '127.0.0.1';
myServer.onLogin = 'smtp/login.js';
myServer.onReceive = 'smtp/receive.js';
await myServer.start();
console.log(`Listening on port ${myServer.addr?.port}`);
