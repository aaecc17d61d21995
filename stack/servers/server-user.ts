/**
 * As whom a server that refuses root runs. PostgreSQL does: where the stack is root's, its Postgres runs as the system user of
 * that name, and must then reach its program and its data, which a folder closed to others on the way keeps it from.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StackError } from '../stack-error.ts';

export type ServerUser = { readonly uid: number; readonly gid: number };

/** The name that PostgreSQL's own packages use: where one of them is installed, the user is there. */
export const POSTGRES_USER = 'postgres';

const SEARCHABLE_BY_OTHERS = 0o001;

/** Null: as whoever runs the stack. Throws `tool-missing` if that is root and the user is missing. */
export function postgresUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null;
  const user = lookUp(POSTGRES_USER);
  if (user !== null) return user;
  throw new StackError(
    'tool-missing',
    `PostgreSQL does not run as root, and there is no user ${POSTGRES_USER} to run it as. Run: npm run setup`,
  );
}

/** The user of this name; null if there is none. */
export function lookUp(name: string): ServerUser | null {
  const [uid, gid] = [idOf(['-u', name]), idOf(['-g', name])];
  return uid === null || gid === null ? null : { uid, gid };
}

/** Whether any user comes as far as this folder, which need not exist yet. */
export function isReachableByAll(folder: string): boolean {
  const isOpen = !existsSync(folder) || (statSync(folder).mode & SEARCHABLE_BY_OTHERS) !== 0;
  const parent = dirname(folder);
  return isOpen && (parent === folder || isReachableByAll(parent));
}

function idOf(args: readonly string[]): number | null {
  const { status, stdout } = spawnSync('id', args, { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : null;
}
