/** What the tests of the judge share: a history in which everything happens, and how a planted bug is looked for. */
import { expect } from '@jest/globals';
import type { Difference } from '../audit/difference.ts';
import { logOf, type MemorySystem } from './audited-system.ts';
import { generateSubmissions } from './submission-generator.ts';

export const history = [...generateSubmissions({ seed: 7, count: 450, merchants: 3, days: 6 })];
export const input = logOf(history);

export async function differencesOf(system: MemorySystem): Promise<readonly Difference[]> {
  return (await system.audit()).differences.kept;
}

/** The judge turns red, and this is among what it names. */
export async function expectRed(system: MemorySystem, named: Partial<Difference>): Promise<void> {
  expect(await differencesOf(system)).toContainEqual(expect.objectContaining(named));
}

export function uuid(number: number): string {
  return `99999999-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
