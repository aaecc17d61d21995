/**
 * How far each consumer group is behind the topic it reads: ends of the partitions less committed offsets. Offsets, not
 * records: markers of transactions have offsets too, so while something is behind the figure is an upper bound.
 */
import { brokerAccess, Cluster, GroupOffsets, type GroupTopic, LogReader } from '@fluxo/kafka';
import { consumerGroups, dynamodbGroups, topicOfGroup } from '@fluxo/schemas';
import { portOffsets } from './addresses.ts';
import { rememberedNames } from './native-process.ts';
import type { Place } from './place.ts';
import { isReady } from './ready.ts';
import { kafkaEnvironment } from './secured/secrets.ts';

/** By group; null where it cannot be told now, because Kafka does not answer or the topic does not exist. */
export type Lag = Readonly<Record<string, number | null>>;

const ANSWER_WITHIN_MS = 3_000;
/** A Kafka that is asked: readers keep connections of their own, so there is one of each. */
type Source = { readonly cluster: Cluster; readonly log: LogReader; readonly groups: GroupOffsets };

type GroupName = keyof typeof topicOfGroup;

/** The groups of this stack; a sink that it does not run is not behind. */
function groupsOf(place: Place): readonly (readonly [GroupName, string])[] {
  const hasDynamodb = rememberedNames(place).some((name) => name.startsWith('sink-dynamodb-'));
  return Object.entries({ ...consumerGroups, ...(hasDynamodb ? dynamodbGroups : {}) }) as [
    GroupName,
    string,
  ][];
}

/** Asks one Kafka again and again over connections it keeps. */
export class LagMeter {
  readonly #place: Place;
  #source: Source | null = null;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Never throws. */
  async read(): Promise<Lag> {
    const source = await this.#connect().catch(() => null);
    const lags = await Promise.all(
      groupsOf(this.#place).map(async ([name, groupId]) => {
        const group = { groupId, topic: topicOfGroup[name].name };
        const lag = source === null ? null : await inTime(lagOf(source, group).catch(() => null));
        return [groupId, lag] as const;
      }),
    );
    return Object.fromEntries(lags);
  }

  async close(): Promise<void> {
    await this.#source?.cluster.close();
  }

  async #connect(): Promise<Source> {
    if (this.#source !== null) return this.#source;
    const port = this.#place.portBase + portOffsets.kafka;
    if (!(await isReady({ kind: 'kafka' }, port))) throw new Error(`no Kafka answers on port ${port}`);
    const access = brokerAccess(this.#place.addresses.kafka, kafkaEnvironment(this.#place, 'operator'));
    const cluster = await Cluster.connect({ ...access, clientId: 'fluxo-stack' });
    this.#source = { cluster, log: new LogReader(cluster), groups: new GroupOffsets(cluster) };
    return this.#source;
  }
}

async function lagOf({ log, groups }: Source, group: GroupTopic): Promise<number> {
  const { topic } = group;
  const committed = await groups.committed(group);
  let lag = 0;
  for (let partition = 0; partition < (await log.partitionsOf(topic)); partition += 1) {
    const from = committed.get(partition) ?? (await log.startOffset(topic, partition));
    lag += Math.max(0, (await log.endOffset(topic, partition)) - from);
  }
  return lag;
}

/** What the promise resolves with, or null if that takes too long. */
async function inTime<T>(promise: Promise<T>): Promise<T | null> {
  const timeout = Promise.withResolvers<null>();
  const timer = setTimeout(timeout.resolve, ANSWER_WITHIN_MS, null);
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
