/**
 * Who looks after a running stack: an `npm start` in some terminal, or nobody (a detached stack). It decides what Ctrl-C in a
 * second terminal may do. An owner that was killed is an owner no more: the next `npm start` takes its processes over.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Place, runFolder } from './place.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

const ownerFile = (place: Place) => join(runFolder(place), 'owner');

export function takeOwnership(place: Place): void {
  mkdirSync(runFolder(place), { recursive: true });
  writeFileSync(ownerFile(place), JSON.stringify(identify(process.pid)));
}

export function giveUpOwnership(place: Place): void {
  rmSync(ownerFile(place), { force: true });
}

export type Owner =
  | { readonly kind: 'none' }
  | { readonly kind: 'alive'; readonly pid: number }
  /** It ended without stopping what it had started. */
  | { readonly kind: 'gone' };

export function ownerOf(place: Place): Owner {
  try {
    const owner = JSON.parse(readFileSync(ownerFile(place), 'utf8')) as ProcessIdentity;
    return isAlive(owner) ? { kind: 'alive', pid: owner.pid } : { kind: 'gone' };
  } catch {
    return { kind: 'none' };
  }
}
