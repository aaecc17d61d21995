/**
 * A later version of `EntrySubmitted`, as a newer producer might register it: new fields of every kind Avro has, also those
 * ours never use (maps, floats, nested lists, a record within itself, items of no bytes). What we read of it goes through the
 * resolver, which skips what we do not know; hostile bytes may sit in what is skipped.
 */
import { avroSchemas } from '@fluxo/schemas';
import type { AvroSchema } from '../../kafka/avro/avro-schema.ts';

const chain: AvroSchema = {
  type: 'record',
  name: 'Chain',
  fields: [{ name: 'next', type: ['null', 'Chain'], default: null }],
};

const entry = avroSchemas.EntrySubmitted as {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly fields: readonly { readonly name: string; readonly type: AvroSchema }[];
};

export const laterEntrySubmitted = {
  ...entry,
  fields: [
    { name: 'chain', type: ['null', chain], default: null },
    { name: 'tags', type: { type: 'map', values: 'string' }, default: {} },
    { name: 'grid', type: { type: 'array', items: { type: 'array', items: 'int' } }, default: [] },
    { name: 'nothings', type: { type: 'array', items: 'null' }, default: [] },
    ...entry.fields,
    { name: 'isTraining', type: 'boolean', default: false },
    { name: 'ratio', type: 'double', default: 0 },
    { name: 'share', type: 'float', default: 0 },
    { name: 'choice', type: ['null', 'int', 'string', 'bytes'], default: null },
    { name: 'seal', type: { type: 'fixed', name: 'Seal', size: 4 }, default: '\u0000\u0000\u0000\u0000' },
    { name: 'isLast', type: ['null', 'boolean'], default: null },
  ],
} as const satisfies AvroSchema;

/** Values of the new fields, simple to rich. */
export const laterFields: readonly object[] = [
  {
    chain: null,
    tags: {},
    grid: [],
    nothings: [],
    isTraining: false,
    ratio: 0,
    share: 0,
    choice: null,
    seal: Buffer.alloc(4),
    isLast: null,
  },
  {
    chain: { next: { next: { next: null } } },
    tags: { loja: 'centro', turno: 'manhã' },
    grid: [[1, 2], [], [-3]],
    nothings: [],
    isTraining: true,
    ratio: 0.25,
    share: -1.5,
    choice: 'café',
    seal: Buffer.from('f00dcafe', 'hex'),
    isLast: true,
  },
];
