/**
 * The client certificates that a server has seen verified.
 *
 * The TLS engine resumes sessions across all servers of a process, none of its options turns that
 * off, and it calls every resumed session verified, even one whose certificate did not hold when
 * the session began. So whether a certificate holds is remembered here, from full handshakes only.
 *
 * @module
 */

/** A bounded memory of certificates; the one seen longest ago is forgotten first. */
export class VerifiedCertificates {
  readonly #limit: number;
  readonly #fingerprints = new Set<string>();

  /**
   * Makes an empty memory.
   *
   * @param limit How many certificates it holds.
   */
  constructor(limit = 4_096) {
    this.#limit = limit;
  }

  /**
   * Remembers a certificate that a full handshake has verified.
   *
   * @param fingerprint Its SHA-256 fingerprint.
   */
  add(fingerprint: string): void {
    this.#fingerprints.delete(fingerprint);
    this.#fingerprints.add(fingerprint);
    if (this.#fingerprints.size <= this.#limit) return;
    for (const oldest of this.#fingerprints) {
      this.#fingerprints.delete(oldest);
      return;
    }
  }

  /**
   * Tells whether a certificate is remembered.
   *
   * @param fingerprint Its SHA-256 fingerprint.
   * @returns Whether a full handshake has verified it.
   */
  has(fingerprint: string): boolean {
    return this.#fingerprints.has(fingerprint);
  }
}
