/**
 * The day-end export out of a real Postgres that the sinks filled with generated histories, into moto's S3: file by file what plain arrays say,
 * whatever of the tables is ahead, also as the function that runs on AWS. Needs Postgres, python3 and pip; no Kafka.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type ClosingFile, topics } from '@fluxo/schemas';
import type { FoldOutput } from '@fluxo/streams';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type ExportCount, exportClosings } from '../../query-api/exports/export-closings.ts';
import { exportStoreContract } from '../../query-api/exports/export-store.contract.ts';
import { MemoryExportStore } from '../../query-api/exports/memory-export-store.ts';
import { NaiveClosings } from '../../query-api/exports/naive-closings.ts';
import { PostgresClosings } from '../../query-api/exports/postgres-closings.ts';
import { S3ExportStore } from '../../query-api/exports/s3-export-store.ts';
import type { LedgerRecord } from '../../query-api/views/naive-ledger.ts';
import { type Moto, motoClient, startMoto } from '../../testing/moto.ts';
import { LedgerScene } from './ledger-scene.ts';

jest.setTimeout(300_000);

const BUCKET = 'fluxo-exports';
/** Drawn so that days are reopened and get entries which their earlier closings must not show. */
const HISTORY = { seed: 35, count: 400, merchants: 2, days: 10 };

let moto: Moto;
let s3: S3Client;
let store: S3ExportStore;
beforeAll(async () => {
  moto = await startMoto();
  s3 = new S3Client({ ...motoClient, endpoint: moto.url, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  store = new S3ExportStore(`${moto.url}/${BUCKET}`);
});
afterAll(async () => {
  store.close();
  s3.destroy();
  await moto.stop();
});

async function keys(): Promise<readonly string[]> {
  const found: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, ContinuationToken }));
    found.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return found;
}

async function read(key: string): Promise<string | null> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
    return (await Body?.transformToString()) ?? '';
  } catch (error) {
    if (error instanceof NoSuchKey) return null;
    throw error;
  }
}

async function empty(): Promise<void> {
  for (const all = [...(await keys())]; all.length > 0; )
    await s3.send(
      new DeleteObjectsCommand({
        Bucket: BUCKET,
        Delete: { Objects: all.splice(0, 1_000).map((Key) => ({ Key })) },
      }),
    );
}

describe('the store', () => {
  beforeEach(empty);
  exportStoreContract('S3', { open: () => store, read });

  test('keeps the media type of a file and the SHA-256 that came with it', async () => {
    const body = Buffer.from('a,b\r\n');
    const key = 'exports/x/statement.csv';
    await store.putOnce({ key, contentType: 'text/csv; charset=utf-8', body });
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key, ChecksumMode: 'ENABLED' }));
    expect(head.ContentType).toBe('text/csv; charset=utf-8');
    expect(head.ChecksumSHA256).toBe(createHash('sha256').update(body).digest('base64'));
  });
});

type Files = Readonly<Record<string, unknown>>;

/** Arrays and tables name the fields of an entry in different orders: JSON is read, and digests are checked against what they are of. */
function whatIsSaidIn(files: ReadonlyMap<string, string>): Files {
  return Object.fromEntries(
    [...files].map(([key, text]) => {
      if (!key.endsWith('.json')) return [key, text];
      if (!key.endsWith('/closing.json')) return [key, JSON.parse(text)];
      const body = JSON.parse(text) as ClosingFile;
      const isRight = body.files.map(({ name, bytes, sha256 }) => {
        const file = Buffer.from(files.get(key.replace('closing.json', name)) ?? '');
        return [name, bytes === file.length && sha256 === createHash('sha256').update(file).digest('hex')];
      });
      return [key, { ...body, files: isRight }];
    }),
  );
}

function entriesAfterTheirDayWasClosed(records: readonly LedgerRecord[]): number {
  const closed = (entry: LedgerRecord['value'] & { readonly businessDate?: unknown }): boolean =>
    records.some(
      ({ type, value }) =>
        type === 'DayClosed' &&
        value.merchantId === entry.merchantId &&
        value.ledgerSeq < entry.ledgerSeq &&
        value.businessDate >= Number(entry.businessDate),
    );
  return records.filter(({ type, value }) => type === 'EntryPosted' && closed(value)).length;
}

const unhurried = { isTimeLeft: () => true, turn: 0 };

describe('what lies there', () => {
  let scene: LedgerScene;
  let closings: PostgresClosings;
  let outputs: readonly FoldOutput[];
  beforeAll(async () => {
    await empty();
    scene = await LedgerScene.open();
    closings = new PostgresClosings(scene.postgres.database.url('fluxo_reader'));
    outputs = await LedgerScene.fold(HISTORY);
  });
  afterAll(async () => {
    await closings.close();
    await scene.close();
  });

  const run = (): Promise<ExportCount> => exportClosings({ closings, store, ...unhurried });

  async function exported(): Promise<Files> {
    const files = new Map<string, string>();
    for (const key of await keys()) if (key.startsWith('exports/')) files.set(key, (await read(key)) ?? '');
    return whatIsSaidIn(files);
  }

  /** The same by plain arrays, of all that has arrived. */
  async function expected(): Promise<Files> {
    const memory = new MemoryExportStore();
    await exportClosings({ closings: new NaiveClosings(scene.naive), store: memory, ...unhurried });
    return whatIsSaidIn(new Map([...memory.files].map(([key, body]) => [key, body.toString()])));
  }

  test('is what plain arrays say of every closing, whenever it was written and however far the documents are', async () => {
    const half = Math.floor(outputs.length / 2);
    const later = outputs.slice(half);
    await scene.arrive(outputs.slice(0, half));
    const first = await run();
    const early = await exported();
    expect(early).toEqual(await expected());
    // The ledger is ahead of the documents, and days are reopened that were exported before.
    await scene.arrive(later.filter(({ topic }) => topic === topics.ledger.name));
    const second = await run();
    await scene.arrive(later.filter(({ topic }) => topic !== topics.ledger.name));
    const all = await exported();
    expect(all).toEqual(await expected());
    expect(all).toMatchObject(early);
    expect([first.present, second.present]).toEqual([0, 0]);
    expect(first.written + second.written).toBe(Object.keys(all).length);
    // Otherwise the history has nothing of what this is about.
    expect(first.closings + second.closings).toBe(18);
    expect(entriesAfterTheirDayWasClosed(scene.naive.records)).toBeGreaterThan(20);
    expect(Object.keys(all).length).toBeGreaterThan(3 * (first.closings + second.closings));
  });

  test('changes nothing when the positions are lost and two write at once', async () => {
    const before = await exported();
    await store.keepPositions(new Map());
    const [one, other] = await Promise.all([
      run(),
      exportClosings({
        closings: new NaiveClosings(scene.naive),
        store: new S3ExportStore(`${moto.url}/${BUCKET}`),
        ...unhurried,
      }),
    ]);
    expect([one?.written, other?.written]).toEqual([0, 0]);
    expect(await exported()).toEqual(before);
    expect(await run()).toEqual({ closings: 0, written: 0, present: 0, isWhole: true });
  });

  test('is refused where the table of the ledger is not what the processor closed with', async () => {
    await store.keepPositions(new Map());
    await empty();
    const [closed] = await scene.postgres.query<{ readonly id: string; readonly date: string }>(
      `SELECT c.merchant_id AS id, c.business_date::text AS date FROM fluxo.ledger AS c JOIN fluxo.ledger AS e
         ON e.merchant_id = c.merchant_id AND e.business_date = c.business_date AND e.ledger_seq < c.ledger_seq
       WHERE c.record_type = 'DayClosed' AND e.record_type = 'EntryPosted' LIMIT 1`,
    );
    const change = (by: number) =>
      scene.postgres.database.query(
        'fluxo_owner',
        `UPDATE fluxo.ledger SET amount_minor = amount_minor + $1
         WHERE merchant_id = $2 AND record_type = 'EntryPosted' AND business_date = $3`,
        [by, closed?.id, closed?.date],
      );
    await change(1);
    await expect(run()).rejects.toMatchObject({ code: 'export-refused' });
    await change(-1);
    await run();
    expect(await exported()).toEqual(await expected());
  });

  test('is the same when the function does it that runs on AWS', async () => {
    await empty();
    const secrets = new SecretsManagerClient({ ...motoClient, endpoint: moto.url });
    // A Postgres on loopback has no certificate: this says so, and the file of authorities is never believed.
    const address = `${scene.postgres.database.url('fluxo_reader')}?sslmode=disable`;
    await secrets.send(new CreateSecretCommand({ Name: 'reader', SecretString: address }));
    secrets.destroy();
    Object.assign(process.env, {
      AWS_REGION: motoClient.region,
      AWS_ACCESS_KEY_ID: motoClient.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: motoClient.credentials.secretAccessKey,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: moto.url,
      FLUXO_EXPORTS: `${moto.url}/${BUCKET}`,
      FLUXO_POSTGRES_SECRET: 'reader',
      FLUXO_POSTGRES_AUTHORITIES: fileURLToPath(import.meta.url),
    });
    const { handler } = await import('../../query-api/exports/lambda.ts');
    const inTime = { getRemainingTimeInMillis: () => 600_000 };
    const late = { getRemainingTimeInMillis: () => 30_000 };
    expect(await handler({}, late)).toEqual({ closings: 0, written: 0, present: 0, isWhole: false });
    const { written } = await handler({}, inTime);
    expect(written).toBe(Object.keys(await expected()).length);
    expect(await exported()).toEqual(await expected());
    expect(await handler({}, inTime)).toEqual({ closings: 0, written: 0, present: 0, isWhole: true });
  });
});
