/**
 * What the local provider must still know after a restart, so that tokens and sessions outlive it: its signing key, the keys of its
 * cookies, and the secrets of its clients. Made up at the first start, kept in files that only their owner can read.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { identityFolder, type LocalClient, localClients, secretsFile } from '../client-secrets.ts';

export const SIGNING_ALGORITHM = 'ES256';

export type KeptKeys = {
  readonly signing: JWK;
  readonly cookies: readonly string[];
  readonly clientSecrets: Readonly<Record<LocalClient, string>>;
};

/** The keys of the stack with this home; made now if it has none yet. */
export async function keptKeys(home: string): Promise<KeptKeys> {
  mkdirSync(identityFolder(home), { recursive: true });
  chmodSync(identityFolder(home), 0o700);
  const file = (name: string) => join(identityFolder(home), name);
  return {
    signing: await keep(file('signing-key.json'), newSigningKey),
    cookies: await keep(file('cookie-keys.json'), () => [newSecret()]),
    clientSecrets: await keep(secretsFile(home), newClientSecrets),
  };
}

async function newSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: SIGNING_ALGORITHM, use: 'sig' };
}

function newClientSecrets(): Record<LocalClient, string> {
  return Object.fromEntries(localClients.map((client) => [client, newSecret()])) as Record<
    LocalClient,
    string
  >;
}

const newSecret = () => randomBytes(32).toString('base64url');

/** What the file holds; if there is none, what is made now. A file is there whole or not at all. */
async function keep<T>(file: string, make: () => T | Promise<T>): Promise<T> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T;
  const made = await make();
  writeOwnersFile(file, JSON.stringify(made));
  return made;
}

/** Writes a file that only its owner can read, in one step. */
export function writeOwnersFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
