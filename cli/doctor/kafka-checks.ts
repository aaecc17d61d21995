/** What the doctor asks of the brokers and the schema registry: topics as the catalogue wants them, leaders, schemas and their promises, lag. */
import { RegistryFailure, SchemaRegistryClient, TopicCodec, topicDifferences } from '@fluxo/kafka';
import { groupLag, processor, type Stage, sinksIn } from '@fluxo/pipeline';
import { allTopics, type GroupBody, subjectOf, type TopicDefinition, topics } from '@fluxo/schemas';
import { countOf } from '../progress.ts';
import { reachableBrokers, StackKafka } from '../stack-connection.ts';
import type { Terminal } from '../terminal.ts';
import { type Check, fail, ok, type Verdict, warn } from './check.ts';

/** A reader that works takes a record within a second or so; behind by more than this it does not keep up, or does not run. */
const LAG_WARN_S = 30;
const LAG_FAIL_S = 600;
/** Every subject's: whatever was written stays readable, and former readers read what is written now. */
const COMPATIBILITY = 'FULL_TRANSITIVE';
const PROVISION =
  'Run `npm run stack -- up --detach --only provision`: it adds what is missing and changes nothing else.';

/** The checks of the brokers. */
export function kafkaChecks(terminal: Terminal): readonly Check[] {
  const use = (look: (kafka: StackKafka) => Promise<readonly Verdict[]>) => () =>
    StackKafka.use(terminal, look);
  return [
    {
      name: 'Kafka',
      advice: 'Start it (`npm start`), or name the one you mean with FLUXO_PORT_BASE or FLUXO_KAFKA.',
      look: async () => {
        const { brokers } = await reachableBrokers(terminal);
        return [ok(`answers at ${brokers.join(', ')}`)];
      },
    },
    { name: 'topics', advice: PROVISION, look: use(topicVerdicts) },
    {
      name: 'lag',
      advice: 'The lag cannot be told without brokers and topics: begin with those.',
      look: use((kafka) => lagVerdicts(kafka, [processor, ...sinksIn(terminal.env)])),
    },
  ];
}

async function topicVerdicts(kafka: StackKafka): Promise<readonly Verdict[]> {
  const partitions = await kafka.partitionsOf(topics.submissions);
  const differences = await topicDifferences({ ...kafka.access, topics: allTopics, partitions });
  if (differences.length > 0)
    return differences.map((difference) =>
      fail(
        difference,
        `${PROVISION} A setting that differs is corrected with kafka-configs.sh, if nothing has relied on it yet.`,
      ),
    );
  const leaderless = await leaderlessPartitions(kafka);
  if (leaderless.length > 0)
    return [fail(`no leader for ${leaderless.join(', ')}`, 'Bring back the brokers that hold them.')];
  return [ok(`${allTopics.length} topics of ${partitions} partitions, as the catalogue has them`)];
}

async function leaderlessPartitions(kafka: StackKafka): Promise<readonly string[]> {
  const found = await Promise.all(allTopics.map(async ({ name }) => kafka.cluster.topic(name)));
  return found.flatMap(({ name, leaders }) =>
    leaders.flatMap((leader, partition) => (leader < 0 ? [`${name}-${partition}`] : [])),
  );
}

async function lagVerdicts(kafka: StackKafka, stages: readonly Stage[]): Promise<readonly Verdict[]> {
  const lags = await Promise.all(
    stages.map(async (stage) => ({ stage, lag: await groupLag(kafka, stage, Date.now) })),
  );
  const late = lags.filter(({ lag }) => (lag.seconds ?? 0) > LAG_WARN_S);
  if (late.length > 0) return late.map(({ stage, lag }) => lateVerdict(stage, lag));
  const behind = lags.reduce((sum, { lag }) => sum + lag.behind, 0);
  return [ok(`nobody is more than ${LAG_WARN_S} s behind (${countOf(behind, 'offset')} in all)`)];
}

/** What to say of a reader that is behind by more than what is usual. */
export function lateVerdict({ name }: Stage, { behind, seconds }: GroupBody): Verdict {
  const found = `the ${name} is ${seconds} s behind (${countOf(behind, 'offset')})`;
  const advice =
    'Does it run (`npm run stack -- status`), and does `fluxo lag --watch` shrink? If it does, more instances share the work; ' +
    'if not, its log in FLUXO_HOME/logs says why.';
  return (seconds ?? 0) > LAG_FAIL_S ? fail(found, advice) : warn(found, advice);
}

/** The check of the schemas: ours are registered, and nothing may be registered that breaks a reader. */
export function registryCheck(url: string): Check {
  return {
    name: 'schema registry',
    advice: 'Start it (`npm start`), or name the one you mean with FLUXO_REGISTRY.',
    look: async () => {
      const registry = new SchemaRegistryClient(url);
      const verdicts: Verdict[] = [];
      for (const topic of allTopics) {
        const missing = await missingSchema(registry, topic);
        if (missing !== null) {
          verdicts.push(fail(missing, PROVISION));
          continue;
        }
        for (const record of topic.values) {
          const subject = subjectOf(topic, record);
          const level = await registry.compatibilityOf(subject);
          if (level !== COMPATIBILITY) verdicts.push(looseVerdict(subject, level));
        }
      }
      return verdicts.length > 0 ? verdicts : [ok(`all schemas of this release, each ${COMPATIBILITY}`)];
    },
  };
}

/** What the registry lacks of this release's schemas of the topic, in words; null: nothing. */
async function missingSchema(registry: SchemaRegistryClient, topic: TopicDefinition): Promise<string | null> {
  try {
    await TopicCodec.open(registry, topic);
    return null;
  } catch (error) {
    if (error instanceof RegistryFailure && error.code === 'schema-not-registered') return error.message;
    throw error;
  }
}

function looseVerdict(subject: string, level: string | null): Verdict {
  return warn(
    `${subject} has compatibility ${level ?? 'of the registry’s default'} instead of ${COMPATIBILITY}`,
    `A change that breaks readers would be let through. ${PROVISION}`,
  );
}
