// deno-fmt-ignore-file -- as the documentation of INFINITY.JS has it
// deno-lint-ignore-file prefer-const
/**
 * The client of the documentation of infinity.smtp, and its mail.eml. Put your account into both. From this folder:
 *
 *     deno run --no-prompt --cached-only --allow-net=smtp.gmail.com:465 --allow-read=mail.eml client.ts
 *
 * What is new in this file: the first two statements, and `await`. In a project of your own: deno add jsr:@infinity/smtp
 *
 * Permissions: net for that one server; read for the one file that is sent, whose name is relative to the working directory.
 * TLS is verified. A password belongs into the environment, not into a file: see ../send.ts.
 */

import * as smtp from '@infinity/smtp';
const infinity = { smtp, loadModule: (_name: string): void => {} };

infinity.loadModule('infinity.smtp');
let myClient = new infinity.smtp.client();

try {
  myClient.host = 'smtp.gmail.com';
  myClient.port = 465;
  myClient.encryptMode = infinity.smtp.client.encryptMode.sslTls;
  myClient.authMode = infinity.smtp.client.authMode.default;
  myClient.username = 'youraccount@gmail.com';
  myClient.password = 'yourpassword';

  await myClient.connect();

  await myClient.authenticate();
  await myClient.send('mail.eml');

  await myClient.disconnect();
} finally {
  await myClient.free();
}
