/**
 * Gives users their passwords (KIP-554). The cluster keeps what it needs to check a password, not the password: this side salts it and
 * hashes it 8,192 times, so the password itself never goes over the line.
 */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka';
import { type BrokerAccess, type Secret, trusted } from './broker-access.ts';
import { KafkaFailure } from './kafka-failure.ts';

/** Kafka's number for SCRAM-SHA-512. */
const SCRAM_SHA_512 = 2;
const ITERATIONS = 8_192;
const HASH_BYTES = 64;
const TIMEOUT_MS = 10_000;

type ScramCredential = {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly saltedPassword: Buffer;
};

/** What the cluster keeps of a password (RFC 5802), with a salt of its own each time. */
export function scramCredential(password: Secret): ScramCredential {
  const salt = randomBytes(24);
  const saltedPassword = pbkdf2Sync(password.reveal(), salt, ITERATIONS, HASH_BYTES, 'sha512');
  return { iterations: ITERATIONS, salt, saltedPassword };
}

/** User → password; users that are there get the new one. To be done by an administrator. Fails with `refused`. */
export async function setPasswords(
  { brokers, security }: BrokerAccess,
  passwords: ReadonlyMap<string, Secret>,
): Promise<void> {
  if (security === undefined)
    throw new KafkaFailure('refused', 'Users are made only over TLS, by a user: set FLUXO_KAFKA_USER.');
  const { user, password } = security;
  const connection = new Connection('fluxo-admin', {
    connectTimeout: TIMEOUT_MS,
    requestTimeout: TIMEOUT_MS,
    tls: trusted(security),
    sasl: { mechanism: 'SCRAM-SHA-512', username: user, password: () => password.reveal() },
  });
  const [host = '', port = ''] = (brokers[0] ?? '').split(':');
  try {
    await connection.connect(host, Number(port));
    const upsertions = [...passwords].map(([name, text]) => ({
      name,
      mechanism: SCRAM_SHA_512,
      ...scramCredential(text),
    }));
    await alterUserScramCredentialsV0.api.async(connection, [], upsertions);
  } catch (cause) {
    const message = `The passwords could not be given to the users at ${brokers.join(', ')}: ${(cause as Error).message}`;
    throw new KafkaFailure('refused', message, { cause });
  } finally {
    await connection.close();
  }
}
