/**
 * What a stack on this machine has stored, and taking it away: the data of its servers and checkpoints, the logs, and what `fluxo import`
 * remembers, because files it believes to have imported would be missing from an empty log. Keys of the sign-in provider stay. Only
 * folders known here are touched, whatever else lies in the home.
 */
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from './place.ts';

const STORED = ['data', 'logs', 'imports'] as const;

export type StoredFolder = {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
};

/** The folders there are, with what is in them. */
export async function storedFolders({ home }: Place): Promise<readonly StoredFolder[]> {
  const found: StoredFolder[] = [];
  for (const name of STORED) {
    const path = join(home, name);
    const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(absent);
    if (entries === null) continue;
    const files = entries.filter((entry) => !entry.isDirectory());
    const sizes = await Promise.all(files.map((file) => lstat(join(file.parentPath, file.name))));
    found.push({ path, files: files.length, bytes: sizes.reduce((sum, { size }) => sum + size, 0) });
  }
  return found;
}

/** Removes them. Only while nothing of the stack runs: `Supervisor.whileStopped`. */
export async function removeStored(folders: readonly StoredFolder[]): Promise<void> {
  for (const { path } of folders) await rm(path, { recursive: true, force: true });
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
