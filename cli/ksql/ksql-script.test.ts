import { describe, expect, test } from '@jest/globals';
import { CliError } from '../cli-error.ts';
import { parseScript } from './ksql-script.ts';

describe('a file of statements', () => {
  test('is taken apart at semicolons outside quotes and comments; settings hold for what follows', () => {
    const text = `-- first; not a statement
SET 'a' = '1';
CREATE STREAM IF NOT EXISTS s (x VARCHAR) WITH (KAFKA_TOPIC = 'it''s;one--two'); -- why
set 'b' = '2';
create table if not exists \`t;\` AS SELECT 5 - 3 FROM s EMIT CHANGES;
`;
    expect(parseScript('f.sql', text)).toEqual([
      {
        name: 's',
        text: "CREATE STREAM IF NOT EXISTS s (x VARCHAR) WITH (KAFKA_TOPIC = 'it''s;one--two');",
        settings: { a: '1' },
      },
      {
        name: '`t;`',
        text: 'create table if not exists `t;` AS SELECT 5 - 3 FROM s EMIT CHANGES;',
        settings: { a: '1', b: '2' },
      },
    ]);
  });

  test.each([
    ['DROP TABLE t;', 'cannot be applied twice'],
    ['CREATE TABLE t AS SELECT 1;', 'cannot be applied twice'],
    ['CREATE STREAM IF NOT EXISTS s', 'no semicolon'],
  ])('%s is refused before anything is sent', (text, why) => {
    expect(() => parseScript('f.sql', text)).toThrow(CliError);
    expect(() => parseScript('f.sql', text)).toThrow(why);
  });
});
