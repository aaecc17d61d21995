/**
 * What the tests of the Kafka transport share: topics, groups and transactional ids with names of their own on the shared
 * broker, plain writing and reading, and a look at what the broker answered, taken at the seam of typed requests.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  type Assignment,
  Cluster,
  ConsumerGroup,
  KafkaTransactionalProducer,
  LogReader,
  type OutgoingRecord,
  systemClock,
} from '@fluxo/kafka';
import { Kafka, logLevel } from 'kafkajs';
import type { BrokerConnection, BrokerDialer, BrokerRequests } from '../../kafka/requests.ts';
import { WireDialer } from '../../kafka/wire/wire-dialer.ts';
import { sharedServers } from '../../testing/servers.ts';

/** One request and its answer. */
export type Exchange = {
  readonly request: keyof BrokerRequests;
  readonly sent: unknown;
  readonly answer: unknown;
};

export type SceneOptions = {
  readonly partitions?: number;
  /** How brokers are reached, if not directly. */
  readonly dialer?: BrokerDialer;
  /** A broker of the test's own instead of the shared one. */
  readonly broker?: string;
  readonly timestampType?: 'LogAppendTime' | 'CreateTime';
};

export class KafkaScene {
  readonly broker: string;
  readonly input: string;
  readonly output: string;
  readonly groupId: string;
  readonly transactionalId: string;
  readonly partitions: number;
  readonly cluster: Cluster;
  readonly reader: LogReader;
  /** Everything asked through this scene's cluster, in the order of the answers. */
  readonly exchanges: Exchange[];
  readonly #members: ConsumerGroup[] = [];

  private constructor(
    broker: string,
    name: string,
    rest: Pick<KafkaScene, 'partitions' | 'cluster' | 'exchanges'>,
  ) {
    this.broker = broker;
    this.input = `${name}-in`;
    this.output = `${name}-out`;
    this.groupId = `${name}-group`;
    this.transactionalId = `${name}-tx`;
    this.partitions = rest.partitions;
    this.cluster = rest.cluster;
    this.exchanges = rest.exchanges;
    this.reader = new LogReader(this.cluster);
  }

  /** A scene with an input and an output topic. */
  static async open(name: string, options: SceneOptions = {}): Promise<KafkaScene> {
    const broker = options.broker ?? sharedServers().kafka;
    const exchanges: Exchange[] = [];
    const inner = options.dialer ?? new WireDialer(name);
    const cluster = await Cluster.connect({
      brokers: [broker],
      clientId: name,
      dialer: recording(inner, exchanges),
    });
    const { partitions = 1 } = options;
    const unique = `${name}-${randomBytes(4).toString('hex')}`;
    const scene = new KafkaScene(broker, unique, { partitions, cluster, exchanges });
    await scene.#createTopics(options.timestampType ?? 'LogAppendTime');
    return scene;
  }

  async #createTopics(timestampType: string): Promise<void> {
    const admin = this.kafkajs().admin();
    await admin.connect();
    await admin.createTopics({
      topics: [this.input, this.output].map((topic) => ({
        topic,
        numPartitions: this.partitions,
        configEntries: [{ name: 'message.timestamp.type', value: timestampType }],
      })),
    });
    await admin.disconnect();
    await this.#untilLed();
  }

  /**
   * Topics exist before every partition has its leader at work (NOT_LEADER_OR_FOLLOWER until then); an answer about its end says
   * that it has. What a test then sees refused, it has brought about itself.
   */
  async #untilLed(): Promise<void> {
    for (const topic of [this.input, this.output])
      for (let partition = 0; partition < this.partitions; partition++)
        await this.reader.endOffset(topic, partition);
  }

  kafkajs(): Kafka {
    return new Kafka({ brokers: [this.broker], clientId: 'outsider', logLevel: logLevel.NOTHING });
  }

  producer(
    options: { transactionalId?: string; requestTimeoutMs?: number } = {},
  ): KafkaTransactionalProducer {
    const { cluster, transactionalId, groupId, input: inputTopic } = this;
    return new KafkaTransactionalProducer({ cluster, transactionalId, groupId, inputTopic, ...options });
  }

  member(
    instanceId: string | null = null,
    { cluster = this.cluster, ...times }: { cluster?: Cluster; sessionTimeoutMs?: number } = {},
  ): ConsumerGroup {
    const member = new ConsumerGroup({
      ...times,
      cluster,
      groupId: this.groupId,
      topic: this.input,
      instanceId,
      heartbeatIntervalMs: 200,
    });
    this.#members.push(member);
    return member;
  }

  /** Writes values to the input in one committed transaction. */
  async submit(values: readonly string[], partition = 0): Promise<void> {
    const producer = this.producer({ transactionalId: `${this.transactionalId}-submitter` });
    await producer.init();
    await producer.produce(
      values.map((value) => ({ topic: this.input, partition, key: null, value: Buffer.from(value) })),
    );
    await producer.end('commit');
    await producer.close();
  }

  /** Records for the output. */
  results(values: readonly string[], partition = 0): OutgoingRecord[] {
    return values.map((value) => ({ topic: this.output, partition, key: null, value: Buffer.from(value) }));
  }

  /** The committed values of a partition, read by our reader. */
  async read(topic: string, partition = 0): Promise<string[]> {
    const to = await this.reader.endOffset(topic, partition);
    const values: string[] = [];
    for await (const records of this.reader.read({ topic, partition, from: 0, to }))
      for (const { value } of records) values.push(Buffer.from(value ?? []).toString());
    return values;
  }

  /** The committed values of a topic, read by librdkafka. */
  readByKcat(topic: string): string[] {
    const args = ['-b', this.broker, '-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-f', '%s\n'];
    const { status, stdout, stderr, error } = spawnSync(
      'kcat',
      [...args, '-X', 'isolation.level=read_committed'],
      {
        encoding: 'utf8',
        timeout: 30_000,
      },
    );
    if (status !== 0) throw new Error(`kcat, the independent reader, failed: ${error?.message ?? stderr}`);
    return stdout.split('\n').slice(0, -1);
  }

  /** Error codes of all answers to this request so far. */
  errorCodesOf(request: keyof BrokerRequests): number[] {
    const answers = this.exchanges.filter((each) => each.request === request).map(({ answer }) => answer);
    return answers.flatMap(errorCodesIn);
  }

  /** A member that a test has not ended would beat for as long as the process of the tests runs. */
  async close(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.leave()));
    await this.cluster.close();
  }
}

/** Whether kcat is there to be the independent reader. */
export const hasKcat = spawnSync('kcat', ['-V']).status === 0;

function errorCodesIn(answer: unknown): number[] {
  const { errorCode, partitions = [] } = answer as {
    errorCode?: number;
    partitions?: readonly { errorCode: number }[];
  };
  return [...(errorCode === undefined ? [] : [errorCode]), ...partitions.map((each) => each.errorCode)];
}

/** The same dialer, whose connections note what was asked and answered. */
function recording(inner: BrokerDialer, exchanges: Exchange[]): BrokerDialer {
  return { dial: async (address, options) => noting(await inner.dial(address, options), exchanges) };
}

function noting(connection: BrokerConnection, exchanges: Exchange[]): BrokerConnection {
  return new Proxy(connection, {
    get(target, name: keyof BrokerConnection) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name === 'close') return () => target.close();
      return async (sent: unknown) => {
        const answer: unknown = await (member as (request: unknown) => Promise<unknown>).call(target, sent);
        exchanges.push({ request: name as keyof BrokerRequests, sent, answer });
        return answer;
      };
    },
  });
}

/** Waits until this holds. Fails if it does not within a minute, with what `situation` says then. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  situation: () => string = () => '',
): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`it did not happen within a minute. ${situation()}`);
    await systemClock.sleep(20);
  }
}

/** All partitions of this scene under this identity, for questions about all of them. */
export function wholeAssignment(scene: KafkaScene, { identity }: Assignment): Assignment {
  return { identity, partitions: Array.from({ length: scene.partitions }, (_, partition) => partition) };
}
