/**
 * All clients.
 *
 * @module
 */
import type { ClientContender } from "../client.ts";
import { nodemailer } from "./nodemailer.ts";
import { ours } from "./ours.ts";
import { smtpSource } from "./smtp_source.ts";
import { smtplib } from "./smtplib.ts";

/** In the order of the table. */
export const CLIENTS: readonly ClientContender[] = [ours, nodemailer, smtplib, smtpSource];
