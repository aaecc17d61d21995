/** A ledger whose records several releases have written, each hashed in the bytes of its own version (spec.md 2.2). */
import { createHash } from 'node:crypto';
import { LocalRegistry, registerSchemas, TopicCodec, toJsonForm } from '@fluxo/kafka';
import { type AvroRecords, avroSchemas, subjectOf, topics } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import { entryPosted } from '../../kafka/avro/avro-samples.ts';
import type { AvroDefinition, AvroField } from '../../kafka/avro/avro-schema.ts';
import { compileType } from '../../kafka/avro/avro-types.ts';
import { type LedgerRow, LedgerRows } from './postgres-ledger.ts';

type EntryPosted = AvroRecords['EntryPosted'];

const own: AvroDefinition = avroSchemas.EntryPosted;
const fields = own.fields as readonly AvroField[];
const former = { ...own, fields: fields.filter(({ name }) => name !== 'externalId') };
const cashier = { name: 'cashier', type: ['null', 'string'], default: null } as unknown as AvroField;
const later = { ...own, fields: [...fields.slice(0, -2), cashier, ...fields.slice(-2)] };

const first: EntryPosted = { ...entryPosted, ledgerSeq: 1, prevHash: new Uint8Array(32) };

/** The hash that this version gives the record. */
function hashIn(version: AvroDefinition, value: EntryPosted & { readonly cashier?: string }): Buffer {
  const bytes = compileType(version).toBuffer(value);
  return createHash('sha256').update(bytes.subarray(0, -32)).digest();
}

async function problemsOf(versions: readonly AvroDefinition[], hash: Buffer, columns: Partial<EntryPosted>) {
  const registry = new LocalRegistry();
  for (const version of versions) await registry.register(subjectOf(topics.ledger, 'EntryPosted'), version);
  await registerSchemas(registry, [topics.ledger]);
  const rows = new LedgerRows(first.merchantId, 0, await TopicCodec.open(registry, topics.ledger));
  const record = toJsonForm('EntryPosted', { ...first, ...columns, hash });
  const row = { seq: '1', type: 'EntryPosted', partition: 0, occurrence: 1, nth: 1, record };
  const head = { revision: 1, chainHead: hash.toString('hex') };
  rows.take(row as unknown as LedgerRow, head);
  return rows.problems(head, 1);
}

const columnsDiffer = [expect.objectContaining({ field: 'columns, by their hash' })];

describe('columns of a record are right', () => {
  test.each([
    ['this release', own],
    ['a former release', former],
    ['a later release, where its new fields say nothing', later],
  ])('as %s writes them', async (_, version) => {
    expect(await problemsOf([version], hashIn(version, first), {})).toEqual([]);
  });
});

describe('columns of a record are wrong', () => {
  test.each([
    ['this release wrote something else', own, { amountMinor: 1 }],
    ['a former release wrote something else', former, { amountMinor: 1 }],
    ['the release that wrote it had no such field', former, { externalId: 'NFCe-1' }],
  ])('where %s', async (_, version, columns) => {
    expect(await problemsOf([former, version], hashIn(version, first), columns)).toEqual(columnsDiffer);
  });
});

test('what a later release may have said in fields of its own is not judged, and not called right', async () => {
  const hash = hashIn(later, { ...first, cashier: 'Ana' });
  await expect(problemsOf([later], hash, {})).rejects.toMatchObject({
    code: 'view-unavailable',
    message: expect.stringContaining('later release'),
  });
});
