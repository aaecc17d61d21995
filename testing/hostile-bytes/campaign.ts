/**
 * A campaign of hostile bytes: N inputs from a seed through the production path, every outcome judged. The same seed and the
 * same N give the same inputs. It counts, it does not decide: what a figure must be is for its callers to say.
 */
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Chance } from './chance.ts';
import { huge } from './huge-messages.ts';
import { Judge } from './judge.ts';
import { type Stock, stockMessages } from './messages.ts';
import { type Message, type MutationName, mutationNames, mutations } from './mutations.ts';
import { type HostileRecord, isRejection, type Outcome, Processor } from './processor.ts';

/** Records in a transaction, and records after which everything is forgotten: what is accepted must not pile up. */
const TRANSACTION_RECORDS = 500;
const LIFE_RECORDS = 4_000;
/** One input in so many is huge; one has another key; one has no value at all. */
const HUGE_ONE_IN = 4_000;
const OTHER_KEY_ONE_IN = 50;
const NO_VALUE_ONE_IN = 10_000;
const FAILURES_MAX = 20;
const SLOW_MAX = 200;

/** Decoding one input must take less, milliseconds (reliability.md section 5). */
export const STALL_MS = 50;

export type Failure = {
  readonly input: number;
  readonly mutation: string;
  readonly problem: string;
  readonly hex: string;
};

export type Tally = {
  inputs: number;
  /** Inputs that are messages in spite of all, and those that are not. */
  messages: number;
  malformed: number;
  /** Records that ended as a rejection, for whatever reason; those that changed the ledger. */
  rejected: number;
  booked: number;
  failed: number;
  /** The first failures, with what is needed to see them again. */
  readonly failures: Failure[];
  /** The longest decoding, milliseconds of wall time: what else the machine does counts. */
  slowestMs: number;
  /** Inputs that took longer than `STALL_MS`, the first few hundred: to be tried again when nothing disturbs. */
  readonly slow: Uint8Array[];
  /** How many inputs of each mutation were messages in spite of it. */
  readonly messagesBy: Map<string, number>;
};

export type CampaignOptions = {
  readonly inputs: number;
  readonly seed: number;
  /** Lets a test plant a bug into what is judged. */
  readonly codecs?: (codecs: Stock['codecs']) => Stock['codecs'];
  /** Called after every transaction. */
  readonly onProgress?: (tally: Tally) => void;
};

type Input = HostileRecord & { readonly mutation: string };

export async function runCampaign(options: CampaignOptions): Promise<Tally> {
  const stock = await stockMessages();
  const campaign = new Campaign(
    { ...stock, codecs: options.codecs?.(stock.codecs) ?? stock.codecs },
    options.seed,
  );
  while (campaign.tally.inputs < options.inputs) {
    await campaign.transaction(Math.min(TRANSACTION_RECORDS, options.inputs - campaign.tally.inputs));
    options.onProgress?.(campaign.tally);
    // Nothing here waits for anything, so timers, such as those of a progress bar, would never have their turn.
    await setImmediate();
  }
  return campaign.tally;
}

class Campaign {
  readonly tally: Tally = {
    inputs: 0,
    messages: 0,
    malformed: 0,
    rejected: 0,
    booked: 0,
    failed: 0,
    failures: [],
    slowestMs: 0,
    slow: [],
    messagesBy: new Map(),
  };
  readonly #stock: Stock;
  readonly #chance: Chance;
  readonly #judge: Judge;
  #processor: Processor | null = null;

  constructor(stock: Stock, seed: number) {
    this.#stock = stock;
    this.#chance = new Chance(seed);
    this.#judge = new Judge(stock);
  }

  async transaction(records: number): Promise<void> {
    if (this.#processor === null || this.#processor.nextOffset > LIFE_RECORDS)
      this.#processor = await this.#born();
    for (let n = 0; n < records; n += 1) await this.#one(this.#processor);
    const error = this.#processor.commit();
    if (error !== null) this.#fail(this.#input(), `the end of the transaction failed: ${inspect(error)}`);
  }

  async #born(): Promise<Processor> {
    const processor = new Processor(this.#stock.codecs);
    for (const { key, bytes } of this.#stock.openings) await processor.process({ key, value: bytes });
    return processor;
  }

  async #one(processor: Processor): Promise<void> {
    const input = this.#input();
    const offset = processor.nextOffset;
    const outcome = await processor.process(input);
    const { isMessage, problem } = this.#judge.verdict(input, offset, outcome);
    this.#count(input, outcome, isMessage);
    if (problem !== null) this.#fail(input, problem);
  }

  #count({ value, mutation }: Input, { outputs, decodeMs }: Outcome, isMessage: boolean): void {
    const { tally } = this;
    tally.inputs += 1;
    tally[isMessage ? 'messages' : 'malformed'] += 1;
    if (isMessage) tally.messagesBy.set(mutation, (tally.messagesBy.get(mutation) ?? 0) + 1);
    if (outputs.some(isRejection)) tally.rejected += 1;
    else if (outputs.length > 0) tally.booked += 1;
    tally.slowestMs = Math.max(tally.slowestMs, decodeMs);
    if (decodeMs > STALL_MS && value !== null && tally.slow.length < SLOW_MAX) tally.slow.push(value);
  }

  #input(): Input {
    const chance = this.#chance;
    const message = chance.pick(this.#stock.messages);
    const key = chance.isOneIn(OTHER_KEY_ONE_IN) ? this.#otherKey() : message.key;
    if (chance.isOneIn(NO_VALUE_ONE_IN)) return { key, value: null, mutation: 'noValue' };
    if (chance.isOneIn(HUGE_ONE_IN))
      return { key, value: huge(message, { chance, messages: this.#stock.messages }), mutation: 'huge' };
    const mutation = chance.pick(mutationNames);
    return { key, value: this.#mutated(message, mutation), mutation };
  }

  /** Once in a while damaged a second time, where it happens to be. */
  #mutated(message: Message, mutation: MutationName): Buffer {
    const draw = { chance: this.#chance, messages: this.#stock.messages };
    const bytes = mutations[mutation](message, draw);
    if (bytes.length === 0 || !this.#chance.isOneIn(8)) return bytes;
    return mutations.flipBits({ ...message, bytes }, draw);
  }

  #otherKey(): Buffer | null {
    const chance = this.#chance;
    if (chance.isOneIn(4)) return null;
    if (chance.isOneIn(100)) return chance.bytes(70_000);
    return chance.isOneIn(2) ? chance.bytes(chance.below(20)) : chance.pick(this.#stock.messages).key;
  }

  #fail({ value, mutation }: Input, problem: string): void {
    this.tally.failed += 1;
    if (this.tally.failures.length >= FAILURES_MAX) return;
    const hex = Buffer.from(value ?? []).toString('hex');
    this.tally.failures.push({ input: this.tally.inputs, mutation, problem, hex });
  }
}
