/**
 * Tells the relays that something was accepted: one NOTIFY at a time, and one more if something came meanwhile. Outside the transactions
 * of requests, because PostgreSQL lets transactions that notify commit only one after the other. A bell that is lost costs the relay's
 * own pause, never a submission.
 */
export class OutboxBell {
  readonly #ring: () => Promise<void>;
  #isRinging = false;
  #isWanted = false;

  constructor(ring: () => Promise<void>) {
    this.#ring = ring;
  }

  ring(): void {
    this.#isWanted = true;
    if (!this.#isRinging) void this.#ringWhileWanted();
  }

  async #ringWhileWanted(): Promise<void> {
    this.#isRinging = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#ring().catch(() => undefined);
    }
    this.#isRinging = false;
  }
}
