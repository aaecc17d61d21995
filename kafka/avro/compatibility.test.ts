/**
 * The check that fails when a change would break a consumer: every schema of the catalogue against every version of it that
 * was ever released. `schemas/released/<Record>.v<N>.avsc` are those versions; a release adds files, nothing changes them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { avroSchemas, type RecordName } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import type { AvroDefinition, AvroSchema } from './avro-schema.ts';
import { incompatibilityOf } from './compatibility.ts';

const released = new URL('../../schemas/released/', import.meta.url);
const files = readdirSync(released).filter((file) => file.endsWith('.avsc'));

describe('every schema reads and is read by all its released versions', () => {
  test.each(files)('%s', (file) => {
    const former = JSON.parse(readFileSync(new URL(file, released), 'utf8')) as AvroSchema;
    expect(incompatibilityOf(former, avroSchemas[file.split('.')[0] as RecordName])).toBeNull();
  });

  test('every record has a released version', () => {
    expect(Object.keys(avroSchemas).filter((name) => !files.includes(`${name}.v1.avsc`))).toEqual([]);
  });
});

describe('a change is caught that', () => {
  const posted = avroSchemas.EntryPosted as AvroDefinition;
  const fields = posted.fields ?? [];
  const note = { name: 'note', type: ['null', 'string'], default: null } as const;
  const withFields = (changed: AvroDefinition['fields']): AvroSchema => ({
    ...posted,
    fields: changed ?? [],
  });
  const replaced = (name: string, type: AvroSchema) =>
    withFields(fields.map((field) => (field.name === name ? { ...field, type } : field)));
  const leg = (symbols: readonly string[]) => replaced('leg', { type: 'enum', name: 'Leg', symbols });

  test.each<[string, AvroSchema, RegExp]>([
    ['removes a field without a default', withFields(fields.slice(1)), /former schema cannot read/],
    [
      'adds a field without a default',
      withFields([{ name: 'x', type: 'long' }, ...fields]),
      /new schema cannot read/,
    ],
    ['narrows a type', replaced('ledgerSeq', 'int'), /new schema cannot read/],
    ['changes a type', replaced('currency', 'long'), /cannot read/],
    ['makes a field optional', replaced('currency', ['null', 'string']), /former schema cannot read/],
    ['removes a symbol', leg(['SINGLE', 'FROM']), /new schema cannot read/],
    ['adds a symbol', leg(['SINGLE', 'FROM', 'TO', 'BOTH']), /former schema cannot read/],
    ['renames the record', { ...posted, name: 'EntryBooked' }, /cannot read/],
    ['puts a field behind the hashes', withFields([...fields, note]), /before prevHash/],
    [
      'puts a field between the hashes',
      withFields([...fields.slice(0, -1), note, ...fields.slice(-1)]),
      /before prevHash/,
    ],
  ])('%s', (_, changed, reason) => {
    expect(incompatibilityOf(posted, changed)).toMatch(reason);
  });

  test('and one that breaks nobody is let through', () => {
    const grown = withFields([...fields.slice(0, -2), note, ...fields.slice(-2)]);
    expect(incompatibilityOf(posted, grown)).toBeNull();
  });
});
