/**
 * Creates the topics of the catalogue and holds existing ones to it. A topic that differs is never changed: its partitions are
 * fixed for its life, and its times and cleanup are promises to whoever reads it; the failure names every difference. Where a
 * setting says nothing about meaning (segment sizes, when compaction runs) an existing topic may have its own.
 */
import { PARTITIONS_DEFAULT, type TopicDefinition } from '@fluxo/schemas';
import kafkajs, { type Admin } from 'kafkajs';
import type { BrokerAccess } from './broker-access.ts';
import { KafkaFailure } from './kafka-failure.ts';
import { withAdmin } from './kafkajs-admin.ts';

export type TopicsOptions = BrokerAccess & {
  readonly topics: readonly TopicDefinition[];
  /** Default: `PARTITIONS_DEFAULT`. */
  readonly partitions?: number;
};

type Settings = Readonly<Record<string, string>>;

const FOR_EVER = '-1';

/** Settings that change what a topic means; an existing topic must have exactly these. */
function bindingSettings({ cleanup, retentionMs }: TopicDefinition): Settings {
  return {
    'message.timestamp.type': 'LogAppendTime',
    'cleanup.policy': cleanup,
    // Compacted topics keep the last record of each key whatever this says.
    ...(cleanup === 'delete'
      ? { 'retention.ms': retentionMs === null ? FOR_EVER : String(retentionMs) }
      : {}),
    'retention.bytes': FOR_EVER,
  };
}

/**
 * Settings for good work. Compaction: only closed segments are compacted, so they are closed once a day and once they are
 * 128 MiB; then a restore reads little more than the documents themselves. Tombstones stay for a week.
 */
function workingSettings({ cleanup }: TopicDefinition, minInSyncReplicas: number): Settings {
  const compaction = {
    'segment.ms': String(86_400_000),
    'segment.bytes': String(128 * 1024 * 1024),
    'min.cleanable.dirty.ratio': '0.2',
    'max.compaction.lag.ms': String(7 * 86_400_000),
    'delete.retention.ms': String(7 * 86_400_000),
  };
  return {
    'min.insync.replicas': String(minInSyncReplicas),
    ...(cleanup === 'compact' ? compaction : {}),
  };
}

/**
 * Resolves with the names of the topics that were created now. Fails with `topic-mismatch` if an existing one differs, with
 * `temporarily-unavailable` if the cluster cannot be reached.
 */
export async function createTopics(options: TopicsOptions): Promise<readonly string[]> {
  return await withAdmin(options, 'The topics could not be created or checked', async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = options.topics.filter(({ name }) => !existing.has(name));
    await create(admin, missing, options);
    const found = options.topics.filter(({ name }) => existing.has(name));
    const differences = await differencesOf(admin, found, options.partitions ?? PARTITIONS_DEFAULT);
    if (differences.length > 0) throw mismatch(differences);
    return missing.map(({ name }) => name);
  });
}

/** How the topics of a cluster differ from the catalogue, each as a sentence; changes nothing. Fails with `temporarily-unavailable`. */
export async function topicDifferences(options: TopicsOptions): Promise<readonly string[]> {
  return await withAdmin(options, 'The topics could not be checked', async (admin) => {
    const existing = new Set(await admin.listTopics());
    const found = options.topics.filter(({ name }) => existing.has(name));
    const missing = options.topics.filter(({ name }) => !existing.has(name));
    return [
      ...missing.map(({ name }) => `${name} is missing`),
      ...(await differencesOf(admin, found, options.partitions ?? PARTITIONS_DEFAULT)),
    ];
  });
}

/** Three copies of which two must have a record before it is acknowledged, where there are brokers for them (spec.md section 2); one on a laptop. */
export function copiesAmong(brokers: number): {
  readonly replicationFactor: number;
  readonly minInSyncReplicas: number;
} {
  return brokers >= 3
    ? { replicationFactor: 3, minInSyncReplicas: 2 }
    : { replicationFactor: 1, minInSyncReplicas: 1 };
}

async function create(
  admin: Admin,
  missing: readonly TopicDefinition[],
  options: TopicsOptions,
): Promise<void> {
  if (missing.length === 0) return;
  const { brokers } = await admin.describeCluster();
  const { replicationFactor, minInSyncReplicas } = copiesAmong(brokers.length);
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map((topic) => ({
      topic: topic.name,
      numPartitions: options.partitions ?? PARTITIONS_DEFAULT,
      replicationFactor,
      configEntries: Object.entries({
        ...bindingSettings(topic),
        ...workingSettings(topic, minInSyncReplicas),
      }).map(([name, value]) => ({ name, value })),
    })),
  });
}

/** Each as a sentence: `cash.x has 4 partitions instead of 12`. */
async function differencesOf(
  admin: Admin,
  topics: readonly TopicDefinition[],
  partitions: number,
): Promise<readonly string[]> {
  if (topics.length === 0) return [];
  const names = topics.map(({ name }) => name);
  const metadata = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  const counts = metadata.topics.flatMap(({ name, partitions: { length } }) =>
    length === partitions ? [] : [`${name} has ${length} partitions instead of ${partitions}`],
  );
  return [...counts, ...topics.flatMap((topic) => settingDifferences(topic, resources))];
}

type Resources = Awaited<ReturnType<Admin['describeConfigs']>>['resources'];

function settingDifferences(topic: TopicDefinition, resources: Resources): readonly string[] {
  const entries = resources.find(({ resourceName }) => resourceName === topic.name)?.configEntries ?? [];
  const actual = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  return Object.entries(bindingSettings(topic)).flatMap(([name, value]) =>
    actual.get(name) === value ? [] : [`${topic.name} has ${name}=${actual.get(name)} instead of ${value}`],
  );
}

function mismatch(differences: readonly string[]): KafkaFailure {
  return new KafkaFailure(
    'topic-mismatch',
    `Existing topics are not what they must be: ${differences.join('; ')}.\n` +
      'Nothing was changed. Settings can be corrected with kafka-configs.sh if nothing has relied on the wrong ones yet; ' +
      'a number of partitions cannot: create the topic anew and fill it from its archive.',
  );
}
