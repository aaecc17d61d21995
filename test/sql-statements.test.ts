/**
 * The SQL of `streams/sql/` asks for fields that the topics' records have, by their names and types. Flink is asked itself in
 * `test/data/`; ksqlDB would show a misspelt column as NULL for ever. Needs no server.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { allTopics, avroSchemas, type RecordName } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';

type Schema = string | readonly Schema[] | TypeSchema;
type TypeSchema = {
  readonly type: Schema;
  readonly name?: string;
  readonly logicalType?: string;
  readonly fields?: readonly Field[];
  readonly symbols?: readonly string[];
  readonly items?: Schema;
};
type Field = { readonly name: string; readonly type: Schema };

const tablesIn = (dialect: string) =>
  readFileSync(fileURLToPath(new URL(`../streams/sql/${dialect}/01-tables.sql`, import.meta.url)), 'utf8')
    .replaceAll(/--.*$/gm, '')
    .split(/;\s*$/m)
    .filter((statement) => statement.includes('CREATE'));

const recordOf = (name: string) => avroSchemas[name as RecordName] as unknown as TypeSchema;

/** Without null: in SQL every column may be null. */
const certain = (schema: Schema): Schema =>
  Array.isArray(schema) ? certain(schema.find((branch: Schema) => branch !== 'null')) : schema;

const scalars: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  enum: 'VARCHAR',
  int: 'INTEGER',
  long: 'BIGINT',
  date: 'DATE',
  'timestamp-millis': 'TIMESTAMP',
};

/** The ksqlDB type of a field; of a record inside, those fields that the column names. */
function ksqlTypeOf(schema: Schema, column: string): string {
  const type = certain(schema) as TypeSchema | string;
  if (typeof type === 'string') return scalars[type] ?? type;
  if (type.items !== undefined) return `ARRAY<${ksqlTypeOf(type.items, column)}>`;
  if (type.fields === undefined) return scalars[type.logicalType ?? ''] ?? ksqlTypeOf(type.type, column);
  const named = type.fields.filter(({ name }) => new RegExp(`[<,] ?${name} `).test(column));
  return `STRUCT<${named.map(({ name, type: inner }) => `${name} ${ksqlTypeOf(inner, column)}`).join(', ')}>`;
}

/** The columns between the first parentheses, apart at commas that are not inside of a type. */
const columnsOf = (statement: string): readonly string[] =>
  (/\(([\s\S]*?)\)\s*WITH/.exec(statement)?.[1] ?? '')
    .replaceAll(/\s+/g, ' ')
    .split(/,(?![^<]*>)/)
    .map((column) => column.trim());

/** Whether the reader asks for a part of what the writer's record holds, with nothing made up but null. */
function isPartOf(reader: Schema, writer: Schema): boolean {
  const [asked, has] = [certain(reader), certain(writer)] as (TypeSchema | string)[];
  if (typeof asked === 'string' || asked === undefined)
    return asked === (typeof has === 'object' ? has.type : has);
  if (typeof has !== 'object' || asked.type !== has.type || asked.name !== has.name) return false;
  if (asked.logicalType !== has.logicalType) return false;
  if (asked.symbols !== undefined) return asked.symbols.join() === has.symbols?.join();
  if (asked.items !== undefined) return isPartOf(asked.items, has.items as Schema);
  return (asked.fields ?? []).every(({ name, type }) => {
    const field = has.fields?.find((each) => each.name === name);
    return field !== undefined && isPartOf(type, field.type);
  });
}

describe('ksqlDB', () => {
  test.each(tablesIn('ksqldb').map((text) => [/EXISTS (\w+)/.exec(text)?.[1], text] as const))(
    'the columns of %s are fields of its topic',
    (_, text) => {
      const topic = allTopics.find(({ name }) => name === /KAFKA_TOPIC = '([^']*)'/.exec(text)?.[1]);
      const fields = topic?.values.flatMap((record) => recordOf(record).fields ?? []) ?? [];
      const [key, ...columns] = columnsOf(text);
      expect(key).toMatch(/^\w+ VARCHAR (PRIMARY )?KEY$/);
      for (const column of columns) {
        const name = column.split(' ')[0] ?? '';
        const field = fields.find((each) => each.name === name);
        expect(column).toBe(
          `${name} ${field === undefined ? 'is no field' : ksqlTypeOf(field.type, column)}`,
        );
      }
    },
  );
});

describe('Flink SQL', () => {
  test.each(tablesIn('flink').map((text) => [/TABLE (\w+)/.exec(text)?.[1], text] as const))(
    'the schema of %s is a part of the one its topic is written with',
    (_, text) => {
      const topic = allTopics.find(({ name }) => name === /'topic' = '([^']*)'/.exec(text)?.[1]);
      const schema = JSON.parse(/schema' = '([^']*)'/.exec(text)?.[1] ?? '') as TypeSchema;
      expect(topic?.values).toContain(schema.name);
      expect(isPartOf(schema, recordOf(schema.name ?? ''))).toBe(true);
    },
  );

  test('a misspelt field and another list of symbols are noticed', () => {
    const record = (field: object) =>
      ({ type: 'record', name: 'EntryPosted', fields: [field] }) as unknown as TypeSchema;
    const writer = recordOf('EntryPosted');
    const direction = (symbols: readonly string[]) =>
      record({ name: 'direction', type: { type: 'enum', name: 'Direction', symbols } });
    expect(isPartOf(direction(['CREDIT', 'DEBIT']), writer)).toBe(true);
    expect(isPartOf(direction(['CREDIT']), writer)).toBe(false);
    expect(isPartOf(record({ name: 'amount', type: 'long' }), writer)).toBe(false);
    expect(isPartOf(record({ name: 'amountMinor', type: 'string' }), writer)).toBe(false);
  });
});
