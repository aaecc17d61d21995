/**
 * Both APIs hold what their OpenAPI documents say, whatever they are asked: every operation gets requests made of its own document
 * (`testing/openapi`), and every answer must be one that the document speaks of, never a 5xx; and each operation must also have been answered well, or nothing was
 * tried. Sixty requests an operation, the same ones each time; `npm run test:openapi` makes it twenty thousand, others each time. Needs Postgres.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresStatementView } from '@fluxo/query-api';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { PARTITIONS } from '../../testing/audited-system.ts';
import { Judge } from '../../testing/openapi/judge.ts';
import { type Document, type Operation, operationsOf } from '../../testing/openapi/operations.ts';
import { type Known, type Request, requestsTo } from '../../testing/openapi/requests.ts';
import { anEntry, EntriesScene } from './entries-scene.ts';
import { LedgerScene } from './ledger-scene.ts';

const RUNS_SHORT = 60;
const runs = Number(process.env['FLUXO_OPENAPI_RUNS'] ?? RUNS_SHORT);
jest.setTimeout(120_000 + runs * 2_000);

/** Asks every operation; resolves with those that were never answered well. */
async function fuzz(app: FastifyInstance, known: Known): Promise<readonly string[]> {
  const document = (await app.inject('/openapi.json')).json<Document>();
  const judge = new Judge(document);
  const unanswered: string[] = [];
  for (const [index, operation] of operationsOf(document).entries()) {
    let answeredWell = 0;
    const holds = async (request: Request): Promise<void> => {
      const status = await ask(app, judge, operation, request);
      if (status < 300) answeredWell += 1;
    };
    await fc.assert(fc.asyncProperty(requestsTo(operation, document, known), holds), {
      numRuns: runs,
      // The request itself says enough; making it smaller takes hundreds more.
      endOnFailure: true,
      ...(runs === RUNS_SHORT ? { seed: index } : {}),
    });
    if (answeredWell === 0) unanswered.push(operation.name);
  }
  return unanswered;
}

/** The status, if the answer is as documented. A machine with too much to do sheds requests, which is no finding. */
async function ask(
  app: FastifyInstance,
  judge: Judge,
  operation: Operation,
  request: Request,
): Promise<number> {
  const { payload, ...others } = request;
  for (;;) {
    const {
      statusCode: status,
      headers,
      body,
    } = await app.inject(payload === null ? others : { ...others, payload });
    if (status === 503 && body.includes('"overloaded"')) {
      await sleep(100);
      continue;
    }
    const contentType = headers['content-type'] ?? '';
    expect(judge.complaints(operation, { status, contentType, body })).toEqual([]);
    return status;
  }
}

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
