/**
 * A Kafka-like cluster in memory, at the level of the engine's ports: logs with transactions and a last stable offset, a
 * transaction coordinator that fences, a group coordinator with generations. It passes the same contract suite as the real
 * adapters (`streams/engine/engine-ports.contract.ts`) and can lose a request or an answer on demand, which a real cluster does only by luck.
 * It does not model requests, replication or time-outs.
 */
import type {
  AnnotatedOffset,
  Assignment,
  CommittedOffset,
  GroupIdentity,
  InputGroup,
  LogRecord,
  OutputRecord,
  PartitionBatch,
  PartitionReader,
  ReadRange,
  TransactionalProducer,
} from '../streams/engine/ports.ts';

type Position = { readonly offset: number; readonly note?: string };
type Transaction = { state: 'open' | 'committed' | 'aborted'; readonly offsets: Map<string, Position> };
type Entry = {
  readonly record: LogRecord;
  readonly transaction: Transaction | null;
  readonly isControl: boolean;
};
/**
 * The last two are for 'end', and only a dying broker does that: it ends the transaction in the outputs and drops the offsets,
 * or drops the offsets and leaves the outputs open for ever.
 */
export type Fault = 'request-lost' | 'answer-lost' | 'torn' | 'forgotten';
export type Operation = 'produce' | 'sendOffsets' | 'end';

export class MemoryFailure extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Lets everything else that can run, run. */
export function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class InMemoryCluster {
  readonly partitions: number;
  readonly producers = new Map<string, MemoryProducer>();
  readonly groups = new Map<string, MemoryGroup>();
  readonly #logs = new Map<string, Entry[]>();
  readonly #faults: { operation: Operation; fault: Fault }[] = [];
  nowMs = 1_795_000_000_000;

  constructor(partitions: number) {
    this.partitions = partitions;
  }

  /** The next call of this operation fails: its request, or only its answer, is lost. */
  failNext(operation: Operation, fault: Fault): void {
    this.#faults.push({ operation, fault });
  }

  takeFault(operation: Operation): Fault | undefined {
    const index = this.#faults.findIndex((each) => each.operation === operation);
    return index < 0 ? undefined : this.#faults.splice(index, 1)[0]?.fault;
  }

  /** Faults that have not hit yet; a fault test counts only if this is 0 at its end. */
  get faultsLeft(): number {
    return this.#faults.length;
  }

  log(topic: string, partition: number): Entry[] {
    const name = `${topic}-${partition}`;
    const log = this.#logs.get(name) ?? [];
    this.#logs.set(name, log);
    return log;
  }

  append(topic: string, partition: number, record: Pick<LogRecord, 'key' | 'value'>): void {
    this.appendEntry(topic, partition, { ...record, transaction: null, isControl: false });
  }

  appendEntry(
    topic: string,
    partition: number,
    entry: Pick<LogRecord, 'key' | 'value'> & Omit<Entry, 'record'>,
  ): void {
    const log = this.log(topic, partition);
    const { key, value, transaction, isControl } = entry;
    log.push({ record: { offset: log.length, timestampMs: this.nowMs, key, value }, transaction, isControl });
  }

  /** The first offset of a transaction still open, or the end. */
  lastStableOffset(topic: string, partition: number): number {
    const log = this.log(topic, partition);
    const open = log.findIndex((entry) => entry.transaction?.state === 'open');
    return open < 0 ? log.length : open;
  }

  /** Committed records from `from` up to, not including, `to`. */
  committedRecords(topic: string, partition: number, range: { from: number; to: number }): LogRecord[] {
    const entries = this.log(topic, partition).slice(range.from, range.to);
    return entries.filter(isVisible).map((entry) => entry.record);
  }

  /** The transaction coordinator gives up on what this producer left open: aborts it and fences the producer. */
  expireTransaction(transactionalId: string): void {
    const producer = this.producers.get(transactionalId);
    if (!producer?.hasOpen) return;
    producer.finish('aborted');
    this.producers.delete(transactionalId);
  }

  producer(transactionalId: string): TransactionalProducer {
    return new MemoryProducer(this, transactionalId);
  }

  member(groupId: string, topic: string, memberId: string): InputGroup {
    return new MemoryMember(this, { group: this.group(groupId), topic, memberId });
  }

  group(groupId: string): MemoryGroup {
    const group = this.groups.get(groupId) ?? new MemoryGroup(this.partitions);
    this.groups.set(groupId, group);
    return group;
  }

  reader(): PartitionReader {
    return new MemoryReader(this);
  }
}

function isVisible(entry: Entry): boolean {
  return !entry.isControl && (entry.transaction === null || entry.transaction.state === 'committed');
}

class MemoryReader implements PartitionReader {
  readonly #cluster: InMemoryCluster;
  constructor(cluster: InMemoryCluster) {
    this.#cluster = cluster;
  }

  async topicId(topic: string): Promise<string> {
    return `id of ${topic}`;
  }

  async endOffset(topic: string, partition: number): Promise<number> {
    return this.#cluster.log(topic, partition).length;
  }

  async startOffset(): Promise<number> {
    return 0;
  }

  async offsetAtTime(topic: string, partition: number, timestampMs: number): Promise<number> {
    const log = this.#cluster.log(topic, partition);
    const index = log.findIndex((entry) => entry.record.timestampMs >= timestampMs);
    return index < 0 ? log.length : index;
  }

  async *read({ topic, partition, from, to }: ReadRange): AsyncGenerator<readonly LogRecord[]> {
    while (this.#cluster.lastStableOffset(topic, partition) < to) {
      await tick();
      yield [];
    }
    const records = this.#cluster.committedRecords(topic, partition, { from, to });
    if (records.length > 0) yield records;
  }
}

class MemoryProducer implements TransactionalProducer {
  readonly #cluster: InMemoryCluster;
  readonly #id: string;
  #open: Transaction | null = null;
  readonly #written = new Set<string>();
  /** Open in the logs for ever, or until this producer's next transaction ends them with its own marker. */
  readonly #forgotten: Transaction[] = [];
  #epoch = 0;

  constructor(cluster: InMemoryCluster, transactionalId: string) {
    this.#cluster = cluster;
    this.#id = transactionalId;
  }

  async init(): Promise<void> {
    this.#epoch += 1;
    this.#cluster.producers.get(this.#id)?.finish('aborted');
    this.#cluster.producers.set(this.#id, this);
  }

  async produce(records: readonly OutputRecord[]): Promise<void> {
    await this.#request('produce', () => {
      const transaction = this.#begin();
      for (const { topic, partition, key, value } of records) {
        this.#written.add(`${topic} ${partition}`);
        this.#cluster.appendEntry(topic, partition, { key, value, transaction, isControl: false });
      }
    });
  }

  async sendOffsets(offsets: ReadonlyMap<number, number>, identity: GroupIdentity): Promise<void> {
    await this.#send(new Map([...offsets].map(([partition, offset]) => [partition, { offset }])), identity);
  }

  async sendNotes(notes: ReadonlyMap<number, AnnotatedOffset>, identity: GroupIdentity): Promise<void> {
    await this.#send(notes, identity);
  }

  async #send(offsets: ReadonlyMap<number, Position>, identity: GroupIdentity): Promise<void> {
    await this.#request('sendOffsets', () => {
      for (const group of this.#cluster.groups.values()) {
        if (!group.isMember(identity)) continue;
        const transaction = this.#begin();
        for (const [partition, offset] of offsets)
          transaction.offsets.set(`${group.name}-${partition}`, offset);
        group.pending.add(transaction);
        return;
      }
      throw new MemoryFailure('stale-generation');
    });
  }

  async end(outcome: 'commit' | 'abort'): Promise<void> {
    const state = outcome === 'commit' ? 'committed' : 'aborted';
    await this.#request('end', (fault) => {
      if (fault === 'forgotten') this.#forget();
      else this.finish(state, { isTorn: fault === 'torn' });
    });
  }

  #forget(): void {
    if (this.#open === null) return;
    for (const group of this.#cluster.groups.values()) group.pending.delete(this.#open);
    this.#forgotten.push(this.#open);
    this.#written.clear();
    this.#open = null;
  }

  async close(): Promise<void> {}

  get hasOpen(): boolean {
    return this.#open !== null;
  }

  /** Ends the open transaction, if there is one, and writes its markers. */
  finish(state: 'committed' | 'aborted', { isTorn } = { isTorn: false }): void {
    const transaction = this.#open;
    if (transaction === null) return;
    for (const each of [...this.#forgotten.splice(0), transaction]) each.state = state;
    for (const group of this.#cluster.groups.values()) group.resolve(transaction, isTorn);
    for (const place of this.#written) {
      const [topic, partition] = place.split(' ') as [string, string];
      this.#cluster.appendEntry(topic, Number(partition), {
        key: null,
        value: null,
        transaction,
        isControl: true,
      });
    }
    this.#written.clear();
    this.#open = null;
  }

  #begin(): Transaction {
    this.#open ??= { state: 'open', offsets: new Map() };
    return this.#open;
  }

  async #request(operation: Operation, apply: (fault?: Fault) => void): Promise<void> {
    const epoch = this.#epoch;
    await tick();
    if (this.#cluster.producers.get(this.#id) !== this || this.#epoch !== epoch)
      throw new MemoryFailure('producer-fenced');
    const fault = this.#cluster.takeFault(operation);
    if (fault !== 'request-lost') apply(fault);
    if (fault !== undefined) throw new MemoryFailure('outcome-unknown');
  }
}

/** The group coordinator of one group. */
export class MemoryGroup {
  static #count = 0;
  readonly name = `group-${MemoryGroup.#count++}`;
  readonly committed = new Map<number, number>();
  readonly notes = new Map<number, string>();
  readonly pending = new Set<Transaction>();
  readonly #partitions: number;
  readonly #members = new Set<string>();
  readonly #joining = new Map<string, (assignment: Assignment) => void>();
  generation = 0;
  isRebalancing = false;

  constructor(partitions: number) {
    this.#partitions = partitions;
  }

  isMember(identity: GroupIdentity): boolean {
    return this.#members.has(identity.memberId) && identity.generationId === this.generation;
  }

  committedAt(partition: number): CommittedOffset {
    return { offset: this.committed.get(partition) ?? null, note: this.notes.get(partition) ?? '' };
  }

  resolve(transaction: Transaction, isTorn: boolean): void {
    if (!this.pending.delete(transaction) || transaction.state !== 'committed' || isTorn) return;
    for (const [place, { offset, note }] of transaction.offsets) {
      const partition = Number(place.split('-').at(-1));
      this.committed.set(partition, offset);
      if (note === undefined) this.notes.delete(partition);
      else this.notes.set(partition, note);
    }
  }

  join(memberId: string): Promise<Assignment> {
    this.#members.add(memberId);
    this.isRebalancing = true;
    return new Promise((resolve) => {
      this.#joining.set(memberId, resolve);
      this.#completeIfAllJoined();
    });
  }

  /** The member is gone: left, or its session timed out. */
  remove(memberId: string): void {
    if (!this.#members.delete(memberId)) return;
    this.#joining.delete(memberId);
    this.isRebalancing = this.#members.size > 0;
    this.#completeIfAllJoined();
  }

  #completeIfAllJoined(): void {
    if (this.#joining.size === 0 || this.#joining.size < this.#members.size) return;
    this.generation += 1;
    this.isRebalancing = false;
    const members = [...this.#joining.keys()];
    for (const [index, memberId] of members.entries()) {
      const all = Array.from({ length: this.#partitions }, (_, partition) => partition);
      const partitions = all.filter((partition) => partition % members.length === index);
      const identity = { generationId: this.generation, memberId, instanceId: null };
      this.#joining.get(memberId)?.({ identity, partitions });
    }
    this.#joining.clear();
  }
}

class MemoryMember implements InputGroup {
  readonly #cluster: InMemoryCluster;
  readonly #group: MemoryGroup;
  readonly #topic: string;
  readonly #memberId: string;
  #generation = -1;

  constructor(cluster: InMemoryCluster, options: { group: MemoryGroup; topic: string; memberId: string }) {
    this.#cluster = cluster;
    this.#group = options.group;
    this.#topic = options.topic;
    this.#memberId = options.memberId;
  }

  async join(): Promise<Assignment> {
    const assignment = await this.#group.join(this.#memberId);
    this.#generation = assignment.identity.generationId;
    return assignment;
  }

  get rebalancing(): boolean {
    return this.#group.isRebalancing || this.#generation !== this.#group.generation;
  }

  async assertMember(identity: GroupIdentity): Promise<void> {
    await tick();
    if (!this.#group.isMember(identity)) throw new MemoryFailure('stale-generation');
  }

  async committed({ identity, partitions }: Assignment): Promise<ReadonlyMap<number, CommittedOffset>> {
    while (this.#group.pending.size > 0) await tick();
    await this.assertMember(identity);
    return new Map(partitions.map((partition) => [partition, this.#group.committedAt(partition)]));
  }

  async fetch(positions: ReadonlyMap<number, number>): Promise<readonly PartitionBatch[]> {
    await tick();
    const batches: PartitionBatch[] = [];
    for (const [partition, from] of positions) {
      const to = this.#cluster.lastStableOffset(this.#topic, partition);
      if (to <= from) continue;
      const records = this.#cluster.committedRecords(this.#topic, partition, { from, to });
      batches.push({ partition, records, nextOffset: to });
    }
    return batches;
  }

  async leave(): Promise<void> {
    this.#group.remove(this.#memberId);
  }
}
