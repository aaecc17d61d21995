/**
 * The judge beside a running system: the processor is behind the submissions, the outputs are ahead of what the processor had
 * committed when the judge began, views are ahead of the topics. None of it is a difference; a hole before the cut is.
 */
import { topics } from '@fluxo/schemas';
import { describe, expect, jest, test } from '@jest/globals';
import { MemorySystem } from '../testing/audited-system.ts';
import { expectRed, input } from '../testing/planted-bug.ts';

/** Whole histories are judged, also on a machine with other things to do. */
jest.setTimeout(60_000);

/** The offset that this share of the partition's submissions is before. */
function offsetAt(system: MemorySystem, partition: number, share: number): number {
  const log = system.log('submissions', partition);
  return log[Math.floor(log.length * share)]?.offset ?? 0;
}

/** What the processor has published once it has taken this share of the submissions; the rest waits in the log. */
async function processedUpTo(share: number): Promise<MemorySystem> {
  const system = await MemorySystem.of(input, input.slice(0, Math.floor(input.length * share)));
  const taken = input.slice(0, Math.floor(input.length * share));
  for (const partition of [0, 1]) {
    const last = taken.findLast((each) => each.partition === partition);
    system.committedOffsets.set(partition, (last?.record.offset ?? -1) + 1);
  }
  return system;
}

describe('a processor that is behind', () => {
  test('what it has not taken yet is not missed, and the result says how much that is', async () => {
    const system = await processedUpTo(0.5);
    const { differences, counts, partitions } = await system.audit();
    expect(differences.kept).toEqual([]);
    expect(counts.submissions).toBe(Math.floor(input.length * 0.5));
    for (const { nextOffset, endOffset } of partitions) expect(nextOffset).toBeLessThan(endOffset);
  });

  test('but what it says it has taken must have led to something', async () => {
    const system = await processedUpTo(0.5);
    system.committedOffsets.set(0, offsetAt(system, 0, 0.7));
    await expectRed(system, { where: topics.ledger.name, field: 'record', found: 'absent' });
    await expectRed(system, { where: topics.submissions.name, field: 'count (I10)' });
  });

  test('one that has never committed has published nothing', async () => {
    const system = await MemorySystem.of(input, []);
    system.committedOffsets.clear();
    const { differences, counts } = await system.audit();
    expect([differences.count, counts.submissions]).toEqual([0, 0]);
  });

  test('offsets that are gone while outputs are there end the audit', async () => {
    const system = await MemorySystem.of(input);
    system.committedOffsets.clear();
    await expect(system.audit()).rejects.toMatchObject({ name: 'AuditError', code: 'offsets-lost' });
  });

  test('so do offsets that were set back, behind which nothing would be missed', async () => {
    const system = await MemorySystem.of(input);
    system.committedOffsets.set(0, offsetAt(system, 0, 0.2));
    const key = String(system.log('dailyBalances', 0).at(-1)?.key);
    system
      .log('dailyBalances', 0)
      .splice(0, Infinity, ...system.log('dailyBalances', 0).filter((each) => String(each.key) !== key));
    system.catchUp();
    await expect(system.audit()).rejects.toMatchObject({ name: 'AuditError', code: 'offsets-lost' });
  });

  test('a log without its beginning ends the audit', async () => {
    const system = await MemorySystem.of(input);
    system.startOffset = async () => 3;
    await expect(system.audit()).rejects.toMatchObject({ name: 'AuditError', code: 'log-truncated' });
  });
});

describe('outputs ahead of the cut', () => {
  test.each([0, 0.01, 0.3, 0.77, 0.99])('committed when the judge began: %d of all', async (share) => {
    const system = await MemorySystem.of(input);
    for (const partition of [0, 1]) system.beganAt.set(partition, offsetAt(system, partition, share));
    const { differences } = await system.audit();
    expect(differences.kept).toEqual([]);
  });

  test('are still judged', async () => {
    const system = await MemorySystem.of(input);
    for (const partition of [0, 1]) system.beganAt.set(partition, offsetAt(system, partition, 0.3));
    system.rewrite('ledger', 'EntryPosted', (value) => ({ ...value, amountMinor: value.amountMinor + 1 }));
    system.reseal();
    system.log('dailyBalances', 0).splice(-1, 1);
    await expectRed(system, { where: topics.ledger.name, field: 'amountMinor' });
  });

  /** The end of the ledger as it is read may fall anywhere, also between the legs of a transfer. */
  test('may end anywhere in the ledger', async () => {
    const system = await processedUpTo(0.9);
    const half = system.log('submissions', 0)[60]?.offset ?? 0;
    const ledger = system.log('ledger', 0);
    const published = ledger.length;
    const endOffset = system.endOffset.bind(system);
    for (let end = published - 12; end < published; end++) {
      // Documents are read first, so they are never ahead of the ledger: here they stand where the cut does.
      const early = await MemorySystem.of(
        input,
        input.filter(({ record, partition }) => partition === 1 || record.offset < half),
      );
      for (const name of ['dailyBalances', 'merchants'] as const)
        system.log(name, 0).splice(0, Number.POSITIVE_INFINITY, ...early.log(name, 0));
      system.endOffset = async (topic, partition) =>
        topic === topics.ledger.name && partition === 0 ? end : endOffset(topic, partition);
      system.beganAt.set(0, half);
      const { differences } = await system.audit({ views: [] });
      expect(differences.kept).toEqual([]);
    }
  });
});

describe('views ahead of the topics as they were read', () => {
  /** The topics as they are read end early; asked again, they have everything, as the view has. */
  async function growing(): Promise<MemorySystem> {
    const system = await MemorySystem.of(input);
    const asked = new Map<string, number>();
    const endOffset = system.endOffset.bind(system);
    const half = (end: number) => Math.floor(end / 2);
    system.endOffset = async (topic, partition) => {
      const times = (asked.get(`${topic}-${partition}`) ?? 0) + 1;
      asked.set(`${topic}-${partition}`, times);
      const end = await endOffset(topic, partition);
      return times === 1 && topic === topics.dailyBalances.name ? half(end) : end;
    };
    for (const partition of [0, 1]) system.beganAt.set(partition, 0);
    return system;
  }

  test('show what has been published since', async () => {
    const { differences } = await (await growing()).audit();
    expect(differences.kept).toEqual([]);
  });

  test('and nothing else', async () => {
    const system = await growing();
    const key = String(system.log('dailyBalances', 0).at(-1)?.key);
    system.view.documents.set(key, { ...system.view.documents.get(key), cutoffMinutes: 7 });
    await expectRed(system, { where: 'view', key, field: 'cutoffMinutes' });
  });
});

describe('rejections that are kept for 90 days only', () => {
  const DAYS_MS = 86_400_000;
  const first = Math.min(...input.map(({ record }) => record.timestampMs));

  test('may be gone from the beginning of the topic after that time, and not before', async () => {
    const system = await MemorySystem.of(input);
    for (const partition of [0, 1]) system.log('rejections', partition).splice(0, 5);
    const late = await system.audit({ now: () => first + 100 * DAYS_MS });
    expect(late.differences.kept).toEqual([]);
    const early = await system.audit({ now: () => first + 80 * DAYS_MS });
    expect(early.differences.count).toBeGreaterThanOrEqual(10);
  });

  test('may not be gone from its middle', async () => {
    const system = await MemorySystem.of(input);
    system.log('rejections', 0).splice(0, 2);
    system.log('rejections', 0).splice(5, 1);
    const { differences } = await system.audit({ now: () => first + 100 * DAYS_MS });
    expect(differences.kept).toMatchObject([
      { where: topics.rejections.name, field: 'record', found: 'absent' },
      { where: topics.submissions.name, field: 'count (I10)' },
    ]);
  });
});

describe('the scope', () => {
  test('in several passes the same is found as in one', async () => {
    const system = await MemorySystem.of(input);
    const whole = await system.audit();
    const passes = await system.audit({ sliceSubmissionsMax: 40 });
    expect(passes.differences.kept).toEqual([]);
    expect(passes.counts).toEqual(whole.counts);
    system.log('ledger', 0).splice(30, 1);
    expect((await system.audit({ sliceSubmissionsMax: 40 })).differences.count).toBe(
      (await system.audit()).differences.count,
    );
  });

  test('one partition, one merchant', async () => {
    const system = await MemorySystem.of(input);
    const [all, first, second, merchant] = await Promise.all([
      system.audit(),
      system.audit({ scope: { kind: 'partition', partition: 0 } }),
      system.audit({ scope: { kind: 'partition', partition: 1 } }),
      system.audit({ scope: { kind: 'merchant', merchantId: 'loja-0' } }),
    ]);
    expect(first.counts.submissions + second.counts.submissions).toBe(all.counts.submissions);
    expect(merchant.differences.kept).toEqual([]);
    expect(merchant.counts.merchants).toBe(1);
    expect(merchant.counts.submissions).toBe(
      input.filter(({ record }) => String(record.key) === 'loja-0').length,
    );
  });
});
