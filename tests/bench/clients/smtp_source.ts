import type { ClientContender, ClientResult } from "../client.ts";
import type { Load } from "../load.ts";
import { smtpSource as loader } from "../loaders/smtp_source.ts";

/** The yardstick in C: Postfix's smtp-source. */
export const smtpSource: ClientContender = {
  name: "smtp-source",
  title: "smtp-source, Postfix, C",
  async missing(): Promise<string | null> {
    return await loader.present() ? null : "smtp-source (Postfix) is not installed";
  },
  async run(port: number, load: Load, messages: number): Promise<ClientResult> {
    const { sent, rate, busy } = await loader.run({ port, certificate: null }, load, messages);
    return { sent, rate, cpu: busy === null ? null : busy * 1e6 / rate, peakMemory: null };
  },
};
