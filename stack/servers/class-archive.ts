/**
 * What Java has worked out of a server's classes, kept beside its jars (class data sharing): with it a start takes half of the processor's time.
 * The set-up makes it (`setup/class-archives.ts`). Without it, or where it is another Java's, a server starts as well, only later.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../addresses.ts';

/** `folder`: that of the server's jars. Empty where this Java makes none. */
export const classArchive = (folder: string) => join(folder, 'classes.jsa');

/** Where a server that records its classes writes them when it ends. */
export const recordedClasses = (folder: string) => `${classArchive(folder)}.recorded`;

/** Flags of a JVM of these jars. */
export function sharedClasses(folder: string): readonly string[] {
  const archive = classArchive(folder);
  const size = statSync(archive, { throwIfNoEntry: false })?.size ?? 0;
  return size > 0 ? [`-XX:SharedArchiveFile=${archive}`] : [];
}

/** Flags of a server of these jars, which records its classes where the set-up says so (FLUXO_RECORD_CLASSES). */
export function classFlags(env: Environment, folder: string): readonly string[] {
  if (env['FLUXO_RECORD_CLASSES'] === undefined) return sharedClasses(folder);
  return [`-XX:ArchiveClassesAtExit=${recordedClasses(folder)}`];
}
