/**
 * Where the brokers are and as whom this process comes to them: plain, or over TLS with a user and a password (SASL/SCRAM-SHA-512); there is nothing
 * between, because a password on an open line is none. Over TLS the broker's certificate must be of an authority that is trusted and bear
 * the name by which the broker was called. A password is kept as a `Secret`: whatever is logged, printed or thrown shows none.
 */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { KafkaFailure } from './kafka-failure.ts';

/** A text that shows itself to nobody but whoever asks for it by name. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

export type Security = {
  readonly user: string;
  readonly password: Secret;
  /** The authorities whose certificates count, PEM; null: those that the machine trusts. */
  readonly authorities: string | null;
};

export type BrokerAccess = {
  /** `host:port` of some brokers; one that answers is enough. */
  readonly brokers: readonly string[];
  /** Absent: plain, for a cluster that asks nobody who he is. */
  readonly security?: Security;
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The brokers named by FLUXO_KAFKA, and where FLUXO_KAFKA_USER is set how to come to them: FLUXO_KAFKA_PASSWORD_FILE or FLUXO_KAFKA_PASSWORD, and
 * FLUXO_KAFKA_CA, a file of authorities. Fails with `refused` where one is missing or cannot be read.
 */
export function brokerAccess(addresses: string, environment: Environment): BrokerAccess {
  const brokers = addresses.split(',').map((broker) => broker.trim());
  const user = environment['FLUXO_KAFKA_USER'] ?? '';
  if (user === '') return { brokers };
  const authorities = environment['FLUXO_KAFKA_CA'] ?? '';
  return {
    brokers,
    security: {
      user,
      password: passwordIn(environment, user),
      authorities: authorities === '' ? null : contentOf(authorities, 'FLUXO_KAFKA_CA'),
    },
  };
}

function passwordIn(environment: Environment, user: string): Secret {
  const file = environment['FLUXO_KAFKA_PASSWORD_FILE'] ?? '';
  const password =
    file === ''
      ? (environment['FLUXO_KAFKA_PASSWORD'] ?? '')
      : contentOf(file, 'FLUXO_KAFKA_PASSWORD_FILE').trimEnd();
  if (password !== '') return new Secret(password);
  throw new KafkaFailure(
    'refused',
    `FLUXO_KAFKA_USER is ${JSON.stringify(user)} but there is no password for it: set FLUXO_KAFKA_PASSWORD_FILE, or FLUXO_KAFKA_PASSWORD.`,
  );
}

function contentOf(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new KafkaFailure(
      'refused',
      `The file that ${variable} names cannot be read (${(cause as Error).message}), so there is no way to the brokers: correct the path, or who may read it.`,
      { cause },
    );
  }
}

/** The same in the words of kafkajs. */
export function kafkajsSecurity(security: Security | undefined) {
  if (security === undefined) return {};
  const { user, password } = security;
  return {
    ssl: trusted(security),
    sasl: { mechanism: 'scram-sha-512', username: user, password: password.reveal() },
  } as const;
}

/** Whom TLS believes, in the words of Node. */
export function trusted({ authorities }: Security): { readonly ca?: string } {
  return authorities === null ? {} : { ca: authorities };
}
