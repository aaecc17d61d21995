/**
 * What a file was imported with, remembered by its SHA-256 before the first row is sent: the days its dates were shifted by and
 * the `submittedAt` of its submissions. With these, every later import of the same file makes the same submissions, which the
 * processor recognises by their ids. The mapping is remembered as well, because another one would make others. So is the
 * `submittedAt` of a mapping's configuration, which many files share.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProducerError } from '../producer-error.ts';

export type JournalEntry = {
  readonly submittedAt: number;
  readonly shiftDays: number;
  /** SHA-256 of the mapping, hex. */
  readonly mappingHash: string;
};

export type Journal = { readonly entry: JournalEntry; readonly isRepeat: boolean };

/**
 * What this file is imported with: `fresh`, if it is the first time, else what it was imported with then. Nothing is remembered
 * yet; `rememberImport` does that, before the first row is sent. Fails with `import-conflict` if the mapping has changed since.
 */
export async function recallImport(home: string, fileHash: string, fresh: JournalEntry): Promise<Journal> {
  const path = pathOf(home, fileHash);
  const text = await readIfThere(path);
  if (text === null) return { entry: fresh, isRepeat: false };
  const entry = JSON.parse(text) as JournalEntry;
  if (entry.mappingHash === fresh.mappingHash) return { entry, isRepeat: true };
  throw new ProducerError(
    'import-conflict',
    `this file was imported on ${new Date(entry.submittedAt).toISOString()} with another mapping: its rows would be refused as copies with other content. ` +
      `Use the mapping of that time; if nothing was ever imported (another cluster, a trial), remove ${path}.`,
  );
}

/** Keeps what this file is imported with; when it returns, that outlives the machine's stopping. */
export function rememberImport(home: string, fileHash: string, entry: JournalEntry): Promise<void> {
  return writeDurably(pathOf(home, fileHash), entry);
}

/** The `submittedAt` with which this configuration was sent first; `fresh` if it never was. */
export async function recallConfiguration(home: string, configId: string, fresh: number): Promise<number> {
  const text = await readIfThere(pathOf(home, `configuration-${configId}`));
  return text === null ? fresh : (JSON.parse(text) as { readonly submittedAt: number }).submittedAt;
}

/** Keeps the `submittedAt` of this configuration, as durably as `rememberImport`. */
export function rememberConfiguration(
  home: string,
  { configId, submittedAt }: { readonly configId: string; readonly submittedAt: number },
): Promise<void> {
  return writeDurably(pathOf(home, `configuration-${configId}`), { submittedAt });
}

function pathOf(home: string, name: string): string {
  return join(home, 'imports', `${name}.json`);
}

async function readIfThere(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

/** All of it or nothing, also if the machine stops in the middle. */
async function writeDurably(path: string, content: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(`${path}.new`, 'w');
  await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
  await file.sync();
  await file.close();
  await rename(`${path}.new`, path);
  const directory = await open(dirname(path), 'r');
  await directory.sync();
  await directory.close();
}
