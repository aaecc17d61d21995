/** Bugs planted in a view: in its guard, in its pages, in what it shows. The topics are right; the view must turn the judge red. */
import { describe, expect, jest, test } from '@jest/globals';
import { MemorySystem } from '../testing/audited-system.ts';
import { differencesOf, expectRed, input } from '../testing/planted-bug.ts';

/** Whole histories are judged, also on a machine with other things to do. */
jest.setTimeout(60_000);

describe('bugs in a view', () => {
  const dayKey = (system: MemorySystem) =>
    [...system.view.documents.keys()].find((key) => key.includes('|')) ?? '';

  /** Every version of the topics in the order of the log, into the view as `isNewer` lets them. */
  function writeWith(system: MemorySystem, isNewer: (incoming: number, stored: number) => boolean): void {
    const final = new Map(system.view.documents);
    system.view.documents.clear();
    for (const topic of ['dailyBalances', 'merchants'] as const)
      for (const partition of [0, 1])
        for (const record of system.log(topic, partition)) {
          const key = String(record.key);
          const only = new MemorySystem();
          only.log(topic, partition).push(record);
          only.catchUp();
          const incoming = only.view.documents.get(key) ?? {};
          const stored = system.view.documents.get(key);
          if (stored === undefined || isNewer(Number(incoming['revision']), Number(stored['revision'])))
            system.view.documents.set(key, incoming);
        }
    expect(system.view.documents.size).toBe(final.size);
  }

  test('the right guard is green', async () => {
    const system = await MemorySystem.of(input);
    writeWith(system, (incoming, stored) => incoming > stored);
    expect(await differencesOf(system)).toEqual([]);
  });

  test('a document it lacks', async () => {
    const system = await MemorySystem.of(input);
    const key = dayKey(system);
    system.view.documents.delete(key);
    expect(await differencesOf(system)).toEqual([
      {
        where: 'view',
        partition: expect.anything(),
        key,
        field: 'record',
        expected: 'present',
        found: 'absent',
      },
    ]);
  });

  test('a page of documents it lacks', async () => {
    const system = await MemorySystem.of(input);
    for (const key of [...system.view.documents.keys()].slice(4, 9)) system.view.documents.delete(key);
    expect(await differencesOf(system)).toHaveLength(5);
  });

  test('a document too many', async () => {
    const system = await MemorySystem.of(input);
    const document = system.view.documents.get(dayKey(system)) ?? {};
    system.view.documents.set('loja-0|2040-01-01', document).set('ghost', document);
    await expectRed(system, { where: 'view', key: 'loja-0|2040-01-01', expected: 'absent' });
    await expectRed(system, { where: 'view', key: 'ghost', expected: 'absent' });
  });

  test('written without the revision guard: a sink that woke up wrote an older version', async () => {
    const system = await MemorySystem.of(input);
    const key = dayKey(system);
    for (const partition of [0, 1]) {
      const older = system.log('dailyBalances', partition).find((record) => String(record.key) === key);
      if (older === undefined) continue;
      const earlier = new MemorySystem();
      earlier.log('dailyBalances', partition).push(older);
      earlier.catchUp();
      system.view.documents.set(key, earlier.view.documents.get(key) ?? {});
    }
    await expectRed(system, { where: 'view', key, field: 'revision' });
  });

  test('revision compared as a double: neighbours look the same', async () => {
    const system = await MemorySystem.of(input);
    // As it would be for a merchant whose revisions had grown so large.
    const FAR = 2 ** 56;
    writeWith(system, (incoming, stored) => FAR + incoming > FAR + stored);
    await expectRed(system, { where: 'view', field: 'revision' });
  });

  test('read_uncommitted: a document of an aborted transaction is shown', async () => {
    const system = await MemorySystem.of(input);
    const key = dayKey(system);
    const document = system.view.documents.get(key) ?? {};
    system.view.documents.set(key, { ...document, revision: Number(document['revision']) + 1 });
    await expectRed(system, { where: 'view', key, field: 'record' });
  });

  test('one figure', async () => {
    const system = await MemorySystem.of(input);
    const key = dayKey(system);
    const document = system.view.documents.get(key) ?? {};
    system.view.documents.set(key, { ...document, cutoffMinutes: 1 });
    await expectRed(system, { where: 'view', key, field: 'cutoffMinutes', expected: 0, found: 1 });
  });
});
