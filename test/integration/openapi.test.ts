/**
 * Both APIs of merchants hold what their OpenAPI documents say, whatever they are asked: every operation gets requests made of its own document
 * (`testing/openapi`), and every answer must be one that the document speaks of, never a 5xx; and each operation must also have been answered well, or nothing was
 * tried. Sixty requests an operation, the same ones each time; `npm run test:openapi` makes it twenty thousand, others each time. Needs Postgres.
 */
import { PostgresStatementView } from '@fluxo/query-api';
import { describe, expect, jest, test } from '@jest/globals';
import { PARTITIONS } from '../../testing/audited-system.ts';
import { fuzz, runs } from '../../testing/openapi/fuzz.ts';
import type { Known } from '../../testing/openapi/requests.ts';
import { anEntry, EntriesScene } from './entries-scene.ts';
import { LedgerScene } from './ledger-scene.ts';

jest.setTimeout(120_000 + runs * 2_000);

describe('every answer is documented', () => {
  test('of the query API', async () => {
    const scene = await LedgerScene.open();
    await scene.arrive(await LedgerScene.fold({ seed: 5, count: 120, merchants: 1, days: 9 }));
    const statements = new PostgresStatementView({
      url: scene.postgres.database.url('fluxo_reader'),
      name: 'openapi-test',
      partitions: PARTITIONS,
    });
    try {
      const app = await scene.openApi({ statements });
      expect(await fuzz(app, knownOf(scene))).toEqual([]);
      expect(scene.failures).toEqual([]);
    } finally {
      await statements.close();
      await scene.close();
    }
  });

  test('of the entries API', async () => {
    const scene = await EntriesScene.open();
    try {
      const { body } = await scene.call({ path: 'm-1/entries', body: anEntry });
      const known: Known = {
        merchantId: ['m-1', 'm-2'],
        submissionId: [String(body['submissionId'])],
        accountId: ['drawer'],
        currency: ['BRL'],
        date: ['2026-11-24'],
        occurredAt: [anEntry.occurredAt],
        effectiveFrom: ['2026-01-01'],
        zone: ['America/Sao_Paulo'],
        'idempotency-key': Array.from({ length: 500 }, (_, index) => `key-${index}`),
        prefer: ['wait=0', 'respond-async', 'wait=0.5'],
      };
      expect(await fuzz(scene.app, known)).toEqual([]);
      expect(scene.failures).toEqual([]);
    } finally {
      await scene.close();
    }
  });
});

function knownOf({ documents, merchants, naive }: LedgerScene): Known {
  const dates = [
    ...new Set(
      naive.records.flatMap(({ value }) => ('businessDate' in value ? [dateOf(value.businessDate)] : [])),
    ),
  ];
  const entryIds = naive.records.flatMap(({ value }) => ('entryId' in value ? [value.entryId] : []));
  const accounts = [
    ...new Set(documents.flatMap((document) => document.accounts.map(({ accountId }) => accountId))),
  ];
  return {
    merchantId: [...merchants.keys()],
    merchants: [...merchants.keys()],
    businessDate: dates,
    from: dates.slice(0, 4),
    to: dates.slice(-4),
    entryId: entryIds.slice(0, 20),
    accountId: accounts,
    account: accounts,
    minRevision: ['0', '1'],
    knownAt: ['0', '3', '2026-11-24T10:00:00.000Z', '1999-01-01T00:00:00-23:59'],
    externalId: ['a'],
    text: ['a', 'ção'],
  };
}

function dateOf(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}
