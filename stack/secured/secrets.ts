/**
 * A secured stack: Kafka by TLS and a password for each service, and users of Redis. What makes a stack secured is a folder in its home with
 * the secrets, each in a file that its owner alone can read; so whatever works on a home finds out by itself, `fluxo` included. A home is
 * secured from its first start or never: Kafka's administrator is made when its data folder is.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PrincipalName, principals } from '@fluxo/schemas';
import type { Addresses } from '../addresses.ts';
import { dataFolder, type Place } from '../place.ts';
import { StackError } from '../stack-error.ts';
import { certificateFiles, makeCertificates } from './certificates.ts';
import { redisUsers } from './redis-users.ts';

/** The administrator of the cluster, and the broker towards itself. */
export const ADMIN = 'fluxo-admin';

const FOLDER = 'secrets';
const LOOPBACK = ['IP:127.0.0.1', 'DNS:localhost'] as const;

/** Everybody who has a password: of Kafka, of Redis, or one of each, which is then the same. */
const users = [...new Set([ADMIN, ...Object.keys(principals), ...Object.keys(redisUsers)])];

const folderOf = ({ home }: Pick<Place, 'home'>) => join(home, FOLDER);

export function isSecured(place: Pick<Place, 'home'>): boolean {
  return existsSync(folderOf(place));
}

/**
 * Makes certificates and passwords unless they are there; in a home that is secured, the passwords of those who are new since.
 * Throws `usage` where the data of an open stack stands in this home.
 */
export function secure(place: Place): void {
  if (isSecured(place)) {
    addPasswords(place);
    return;
  }
  if (existsSync(dataFolder(place, 'kafka')))
    throw new StackError(
      'usage',
      `${place.home} holds the data of a stack that is not secured, and a home is secured from its first start or never. ` +
        'Name another one with FLUXO_HOME and FLUXO_PORT_BASE, or empty this one: npx fluxo reset.',
    );
  const unfinished = `${folderOf(place)}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  makeCertificates({ folder: unfinished, names: LOOPBACK });
  for (const user of users) makePassword(join(unfinished, passwordFileName(user)));
  renameSync(unfinished, folderOf(place));
}

/** Under its name a password is whole or not there. */
function addPasswords(place: Place): void {
  for (const file of users.map((user) => passwordFile(place, user)).filter((each) => !existsSync(each))) {
    makePassword(`${file}.unfinished`);
    renameSync(`${file}.unfinished`, file);
  }
}

function makePassword(file: string): void {
  writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
}

const passwordFileName = (user: string) => `${user}.password`;

export const certificateFile = (place: Place, which: keyof typeof certificateFiles) =>
  join(folderOf(place), certificateFiles[which]);

export const passwordFile = (place: Place, user: string) => join(folderOf(place), passwordFileName(user));

export const passwordOf = (place: Place, user: string) => readFileSync(passwordFile(place, user), 'utf8');

/** The environment by which a program comes to Kafka as this principal; nothing where the stack is not secured. */
export function kafkaEnvironment(
  place: Place,
  principal: PrincipalName | typeof ADMIN,
): Readonly<Record<string, string>> {
  if (!isSecured(place)) return {};
  return {
    FLUXO_KAFKA_USER: principal,
    FLUXO_KAFKA_PASSWORD_FILE: passwordFile(place, principal),
    FLUXO_KAFKA_CA: certificateFile(place, 'authority'),
  };
}

/** What a service is called by Kafka; null: it has no business there. */
function principalOf(role: string): PrincipalName | typeof ADMIN | null {
  if (role === 'provision') return ADMIN;
  if (role === 'simulator') return 'till';
  return role in principals ? (role as PrincipalName) : null;
}

/** What a service of this role is given besides what it is always given. */
export function secretsFor(place: Place, role: string): Readonly<Record<string, string>> {
  const principal = principalOf(role);
  return principal === null ? {} : kafkaEnvironment(place, principal);
}

/** The addresses as a service of this role sees them: where the stack is secured, that of Redis says as whom it comes. */
export function addressesFor(place: Place, role: string): Addresses {
  if (!isSecured(place) || !(role in redisUsers)) return place.addresses;
  const redis = new URL(place.addresses.redis);
  redis.username = role;
  redis.password = passwordOf(place, role);
  return { ...place.addresses, redis: redis.href };
}
