/**
 * Brokers that speak just enough of Kafka's protocol for an idempotent producer: who leads which partition, producer ids, and a log that
 * is the same on all of them and judges sequence numbers as a broker does. A test says what becomes of each batch, which real brokers
 * cannot be asked to do at a point with a name. One topic, whatever it is called; nothing can be read back but by the test itself.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { field, readInt64 } from '../kafka/record-batch-format.ts';
import { type LogRecord, readRecords, recordBatches } from '../kafka/record-batch-reader.ts';
import { onFrames } from './frames.ts';
import { array, int16, int32, int64, string } from './wire-values.ts';

/** One partition's batch of a request. */
export type Produced = {
  readonly node: number;
  readonly partition: number;
  readonly producerId: number;
  readonly sequence: number;
  readonly texts: readonly string[];
};

/** An error code, 0 for none and the batch in the log; 'silence': in the log, but the whole request is never answered. */
export type Verdict = number | 'silence';

const key = { produce: 0, metadata: 3, apiVersions: 18, initProducerId: 22 } as const;
/** The lowest versions that kafkajs can be idempotent with: what follows has neither tags nor compact lengths. */
const VERSIONS = [
  [key.produce, 3],
  [key.metadata, 1],
  [key.apiVersions, 0],
  [key.initProducerId, 0],
] as const;
const NOT_LEADER = 6;
const OUT_OF_ORDER_SEQUENCE_NUMBER = 45;
/** A broker remembers so many batches of a producer. */
const BATCHES_REMEMBERED = 5;

export class StubBrokers {
  readonly #servers: Server[] = [];
  readonly #sockets = new Map<Socket, number>();
  readonly #logs = new Map<number, string[]>();
  readonly #batches = new Map<string, Produced[]>();
  /** Node by partition. */
  readonly leaders: Map<number, number>;
  /** Nodes that take connections and answer nothing. */
  readonly frozen = new Set<number>();
  readonly produced: Produced[] = [];
  /** What comes back to requests for metadata beside the brokers: a code for the topic. */
  topicError = 0;
  producerIds = 0;
  verdict: (batch: Produced) => Verdict = () => 0;

  private constructor(leaders: ReadonlyMap<number, number>) {
    this.leaders = new Map(leaders);
  }

  /** Nodes 1 to `nodes`, and who of them leads which partition. */
  static async start(nodes: number, leaders: ReadonlyMap<number, number>): Promise<StubBrokers> {
    const stub = new StubBrokers(leaders);
    for (let node = 1; node <= nodes; node += 1) {
      const server = createServer((socket) => stub.#serve(socket, node)).listen(0, '127.0.0.1');
      stub.#servers.push(server);
      await once(server, 'listening');
    }
    return stub;
  }

  get addresses(): string[] {
    return this.#servers.map((server) => `127.0.0.1:${portOf(server)}`);
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** What is in the log of a partition, in its order. */
  logOf(partition: number): readonly string[] {
    return this.#logs.get(partition) ?? [];
  }

  /** Ends the connections of a node. */
  cut(node: number): void {
    for (const [socket, of] of this.#sockets) if (of === node) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.keys()) socket.destroy();
    for (const server of this.#servers) {
      server.close();
      await once(server, 'close');
    }
  }

  #serve(socket: Socket, node: number): void {
    this.#sockets.set(socket, node);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    onFrames(socket, (frame) => {
      const answer = this.frozen.has(node) ? null : this.#answerTo(frame, node);
      if (answer === null) return;
      socket.write(Buffer.concat([int32(4 + answer.length), frame.subarray(8, 12), answer]));
    });
  }

  #answerTo(frame: Buffer, node: number): Buffer | null {
    const kind = frame.readInt16BE(4);
    if (kind === key.produce) return this.#produce(new Cursor(frame), node);
    if (kind === key.metadata) return this.#metadata(new Cursor(frame));
    if (kind === key.apiVersions) return apiVersions();
    this.producerIds += 1;
    return Buffer.concat([int32(0), int16(0), int64(this.producerIds), int16(0)]);
  }

  #metadata(request: Cursor): Buffer {
    const names = request.array(() => request.string());
    const brokers = this.#servers.map((server, index) =>
      Buffer.concat([int32(index + 1), string('127.0.0.1'), int32(portOf(server)), int16(-1)]),
    );
    const partitions = [...this.leaders].map(([partition, leader]) =>
      Buffer.concat([
        int16(0),
        int32(partition),
        int32(leader),
        array([int32(leader)]),
        array([int32(leader)]),
      ]),
    );
    const topics = names.map((name) =>
      Buffer.concat([int16(this.topicError), string(name), Buffer.of(0), array(partitions)]),
    );
    const controller = [1, 2, 3].find((node) => !this.frozen.has(node)) ?? 1;
    return Buffer.concat([array(brokers), int32(controller), array(topics)]);
  }

  #produce(request: Cursor, node: number): Buffer | null {
    request.string(); // transactional id
    request.int16(); // acks
    request.int32(); // the broker's own time limit
    let isSilent = false;
    const topics = request.array(() => {
      const name = request.string();
      const partitions = request.array(() => {
        const verdict = this.#judge(batchIn(request, node));
        isSilent ||= verdict === 'silence';
        const code = verdict === 'silence' ? 0 : verdict;
        return Buffer.concat([int32(request.partition), int16(code), int64(0), int64(-1)]);
      });
      return Buffer.concat([string(name), array(partitions)]);
    });
    return isSilent ? null : Buffer.concat([array(topics), int32(0)]);
  }

  #judge(batch: Produced): Verdict {
    this.produced.push(batch);
    if (this.leaders.get(batch.partition) !== batch.node) return NOT_LEADER;
    const verdict = this.verdict(batch);
    if (verdict !== 0 && verdict !== 'silence') return verdict;
    return this.#append(batch) ? verdict : OUT_OF_ORDER_SEQUENCE_NUMBER;
  }

  /** As a broker: what has the numbers of one of the last batches is taken for its repetition, whatever is in it. */
  #append(batch: Produced): boolean {
    const of = `${batch.producerId} ${batch.partition}`;
    const known = this.#batches.get(of) ?? [];
    if (known.some((other) => other.sequence === batch.sequence && endOf(other) === endOf(batch)))
      return true;
    const last = known.at(-1);
    if (last !== undefined && batch.sequence !== endOf(last)) return false;
    this.#batches.set(of, [...known, batch].slice(-BATCHES_REMEMBERED));
    this.#logs.set(batch.partition, [...this.logOf(batch.partition), ...batch.texts]);
    return true;
  }
}

const endOf = ({ sequence, texts }: Produced): number => sequence + texts.length;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function batchIn(request: Cursor, node: number): Produced {
  const partition = request.int32();
  request.partition = partition;
  const bytes = request.bytes();
  const records: LogRecord[] = [];
  for (const batch of recordBatches(bytes))
    readRecords(batch, { from: 0, to: Number.MAX_SAFE_INTEGER }, records);
  return {
    node,
    partition,
    producerId: readInt64(bytes, field.producerId),
    sequence: bytes.readInt32BE(field.baseSequence),
    texts: records.map(({ value }) => Buffer.from(value ?? []).toString()),
  };
}

function apiVersions(): Buffer {
  const apis = VERSIONS.map(([api, version]) => Buffer.concat([int16(api), int16(version), int16(version)]));
  return Buffer.concat([int16(0), array(apis)]);
}

/** Reads the body of a request, behind its header. */
class Cursor {
  readonly #frame: Buffer;
  #at = 12;
  /** The one that was read last. */
  partition = -1;

  constructor(frame: Buffer) {
    this.#frame = frame;
    this.string(); // client id
  }

  int16(): number {
    this.#at += 2;
    return this.#frame.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#frame.readInt32BE(this.#at - 4);
  }

  /** A null is read as an empty one. */
  string(): string {
    const length = Math.max(0, this.int16());
    this.#at += length;
    return this.#frame.toString('utf8', this.#at - length, this.#at);
  }

  bytes(): Buffer {
    const length = this.int32();
    this.#at += length;
    return this.#frame.subarray(this.#at - length, this.#at);
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: this.int32() }, read);
  }
}
