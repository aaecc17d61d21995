/**
 * Secrets of the local stack's programs at its own sign-in provider. Each stack makes up its own when it first starts and keeps them in
 * its home, readable by its owner only; whoever can read that folder is the operator of this machine. A deployment has none of this: its
 * provider and its secret store hold them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The programs that the local provider knows. */
export const localClients = ['fluxo-cli', 'fluxo-bff', 'till-vendor'] as const;

export type LocalClient = (typeof localClients)[number];

/** Who reads the query API for `fluxo balance`, `audit` and `npm start`. */
export const CLI_CLIENT: LocalClient = 'fluxo-cli';

/** Where a stack with this home keeps what its provider keeps. */
export const identityFolder = (home: string) => join(home, 'identity');

export const secretsFile = (home: string) => join(identityFolder(home), 'client-secrets.json');

/** The secret of a program; null if the provider of this home has never run, or this user may not read it. */
export function clientSecretOf(home: string, client: LocalClient): string | null {
  try {
    const secrets = JSON.parse(readFileSync(secretsFile(home), 'utf8')) as Record<string, string>;
    return secrets[client] ?? null;
  } catch {
    return null;
  }
}
