/**
 * The way from a command to the stack it is about: where its servers are (`stackAddresses`), and connections to them. A server
 * that does not answer is found out at once, before a client library starts its patient retries, and said in words that help.
 */
import { connect } from 'node:net';
import {
  type ApiAccess,
  type LocalProvider,
  localAccess,
  machineAccess,
  machineClientFrom,
  withoutToken,
  withToken,
} from '@fluxo/identity';
import {
  type BrokerAccess,
  brokerAccess,
  Cluster,
  GroupOffsets,
  KafkaFailure,
  LogReader,
  SchemaRegistryClient,
  TopicCodec,
} from '@fluxo/kafka';
import type { Positions, Stage } from '@fluxo/pipeline';
import type { TopicDefinition } from '@fluxo/schemas';
import { addressesFor, kafkaEnvironment, placeOf, stackAddresses } from '@fluxo/stack';
import { CliError, messageOf } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

/** How the brokers' logs name this program. */
export const CLIENT_ID = 'fluxo-cli';

const ANSWER_WITHIN_MS = 2_000;

export type Addresses = ReturnType<typeof stackAddresses>;

/** Where the servers of the stack are. Fails with `usage` if the environment makes no sense. */
export function addressesOf(terminal: Terminal): Addresses {
  try {
    const { redis } = addressesFor(placeOf(terminal.env), 'operator');
    return stackAddresses({ FLUXO_REDIS: redis, ...terminal.env });
  } catch (error) {
    throw new CliError('usage', messageOf(error), { cause: error });
  }
}

/** The sign-in provider of the stack, and where its secrets are. Fails with `usage` if the environment makes no sense. */
export function localProvider(terminal: Terminal): LocalProvider {
  const { identity } = addressesOf(terminal);
  return { url: identity, home: placeOf(terminal.env).home };
}

/**
 * What lets a command in at the query API: FLUXO_TOKEN; tokens of the client that FLUXO_OIDC_CLIENT_ID and its secret name, as long as the command runs; or at
 * the local stack's own a token of the machine client that may read every merchant. An API elsewhere is never shown a token of this machine.
 * Fails with `usage` if only a part of a client is named.
 */
export function apiAccess(terminal: Terminal): ApiAccess {
  const token = terminal.env['FLUXO_TOKEN'] ?? '';
  if (token !== '') return withToken(token);
  const machine = machineClientOf(terminal);
  if (machine !== null) return machineAccess(machine);
  const provider = localProvider(terminal);
  const isLocal = addressesOf(terminal).queryApi === placeOf(terminal.env).addresses.queryApi;
  return isLocal ? localAccess(provider, terminal.env) : withoutToken;
}

function machineClientOf(terminal: Terminal): ReturnType<typeof machineClientFrom> {
  try {
    return machineClientFrom(terminal.env, 'balances:read');
  } catch (error) {
    throw new CliError('usage', messageOf(error), { cause: error });
  }
}

/** The Kafka of a stack, to be closed by whoever opened it. */
export class StackKafka {
  readonly cluster: Cluster;
  readonly reader: LogReader;
  readonly access: BrokerAccess;
  readonly #groups: GroupOffsets;
  readonly #addresses: Addresses;

  private constructor(cluster: Cluster, access: BrokerAccess, addresses: Addresses) {
    this.cluster = cluster;
    this.access = access;
    this.reader = new LogReader(cluster);
    this.#groups = new GroupOffsets(cluster);
    this.#addresses = addresses;
  }

  /** Runs `work` with a connection and closes it. Fails with `stack-failed` if no broker answers. */
  static async use<T>(terminal: Terminal, work: (kafka: StackKafka) => Promise<T>): Promise<T> {
    const addresses = addressesOf(terminal);
    const access = await reachableBrokers(terminal);
    // One that goes on has a name, as the programs of a stack have.
    const clientId = terminal.env['FLUXO_INSTANCE'] ?? CLIENT_ID;
    const cluster = await Cluster.connect({ ...access, clientId });
    const kafka = new StackKafka(cluster, access, addresses);
    try {
      return await work(kafka);
    } finally {
      await kafka.cluster.close();
    }
  }

  /** Fails with `not-found` if the topic does not exist. */
  async partitionsOf(topic: TopicDefinition): Promise<number> {
    try {
      return await this.reader.partitionsOf(topic.name);
    } catch (error) {
      if (!(error instanceof KafkaFailure && error.code === 'unknown-topic')) throw error;
      throw new CliError(
        'not-found',
        `Topic ${topic.name} is not in the cluster at ${this.#addresses.kafka}.\n` +
          'The stack creates its topics when it starts: look at `npm run stack -- status`.',
        { cause: error },
      );
    }
  }

  /** Where the stage goes on, as far as it has committed. */
  async committed({ groupId, reads }: Stage): Promise<Positions> {
    return new Map([[reads.name, await this.#groups.committed({ groupId, topic: reads.name })]]);
  }

  /** Fails with `stack-failed` if the schema registry does not answer or does not know the topic's schemas. */
  async codecOf(topic: TopicDefinition): Promise<TopicCodec> {
    try {
      return await TopicCodec.open(new SchemaRegistryClient(this.#addresses.registry), topic);
    } catch (error) {
      throw new CliError(
        'stack-failed',
        `The schemas of ${topic.name} cannot be learnt: ${messageOf(error)}\n` +
          'Does the registry run (`npm run stack -- status`), and is it the one you mean (FLUXO_PORT_BASE, FLUXO_REGISTRY)?',
        { cause: error },
      );
    }
  }
}

/**
 * The brokers, and as whom one comes to them: as the environment says, or where the stack of this machine is secured as its operator. Fails with
 * `stack-failed` if nobody listens at any of them.
 */
export async function reachableBrokers(terminal: Terminal): Promise<BrokerAccess> {
  const { kafka } = addressesOf(terminal);
  const place = placeOf(terminal.env);
  const local = kafka === place.addresses.kafka ? kafkaEnvironment(place, 'operator') : {};
  const access = brokerAccess(kafka, { ...local, ...terminal.env });
  const answers = await Promise.all(access.brokers.map(listens));
  if (answers.includes(true)) return access;
  throw new CliError(
    'stack-failed',
    `No Kafka answers at ${kafka}, so there is nothing to talk to.\n` +
      'Start a stack with `npm start`, or name the one you mean with FLUXO_PORT_BASE or FLUXO_KAFKA.',
  );
}

function listens(broker: string): Promise<boolean> {
  return isListening(...splitAddress(broker));
}

/** Whether anybody takes a connection there within two seconds. */
export function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

function splitAddress(broker: string): [host: string, port: number] {
  const colon = broker.lastIndexOf(':');
  const port = Number(broker.slice(colon + 1));
  if (colon > 0 && Number.isInteger(port) && port > 0 && port < 65_536)
    return [broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port];
  throw new CliError(
    'usage',
    `${JSON.stringify(broker)} is no broker address: FLUXO_KAFKA has the form host:port[,host:port].`,
  );
}
