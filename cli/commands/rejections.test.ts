import { createHash } from 'node:crypto';
import { LocalRegistry, registerSchemas, TopicCodec } from '@fluxo/kafka';
import {
  type FoundRejection,
  idOf,
  isWhole,
  merchantOf,
  messageOf,
  placeText,
  REPLAY_OF_HEADER,
  REPLAYED_BY_HEADER,
  type ReplayStep,
} from '@fluxo/pipeline';
import { topics } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import { captureTerminal } from '../captured-terminal.ts';
import { rejectionNamed } from '../rejections/rejection-name.ts';
import { rejectionText } from '../rejections/rejection-text.ts';
import { planText } from '../rejections/replay-text.ts';
import { runCli } from '../run-cli.ts';

const ID = '00000000-0000-4000-8000-00000000000a';

const registry = new LocalRegistry();
await registerSchemas(registry, [topics.submissions]);
const codec = await TopicCodec.open(registry, topics.submissions);

function found(value: Uint8Array, whole: Uint8Array = value): FoundRejection {
  const valueSha256 = createHash('sha256').update(whole).digest();
  const rejection = {
    code: 'day-not-closed',
    detail: 'nothing \u001b[2J closed',
    sourceOffset: 5,
    recordedAt: 0,
  };
  return {
    partition: 3,
    offset: 17,
    rejection: { ...rejection, key: Buffer.from('m-1'), value, valueSha256 },
    submission: codec.decode(value),
  };
}

const reopening = () =>
  codec.encode('DayReopenRequested', {
    merchantId: 'm-1',
    submittedAt: 1_795_000_000_000,
    source: { system: 'test', deviceId: null, sequence: null },
    requestId: ID,
    businessDate: 20_000,
    requestedBy: 'gerente',
    reason: 'falta',
  });

describe('the name of a rejection', () => {
  test.each([
    ['rejections-3@17', { kind: 'place', partition: 3, offset: 17 }],
    [`${topics.rejections.name}-3@17`, { kind: 'place', partition: 3, offset: 17 }],
    ['3@17', { kind: 'place', partition: 3, offset: 17 }],
    [ID.toUpperCase(), { kind: 'id', id: ID }],
  ])('%s is understood', (text, name) => {
    expect(rejectionNamed(text)).toEqual(name);
  });

  test.each(['', '17', '3-17', 'ledger-3@17', '3@-1', 'sim-0001'])('%j is refused', (text) => {
    expect(() => rejectionNamed(text)).toThrow('Name a rejection by its place');
  });

  test('is what is printed', () => {
    expect(rejectionNamed(placeText({ partition: 3, offset: 17 }))).toMatchObject({
      partition: 3,
      offset: 17,
    });
  });
});

describe('a rejection', () => {
  test('says whose submission it was, where it can be told', () => {
    expect([merchantOf(found(reopening())), idOf(found(reopening()))]).toEqual(['m-1', ID]);
    const garbage = found(Buffer.from('garbage'));
    expect([merchantOf(garbage), idOf(garbage)]).toEqual([null, null]);
  });

  test('is whole only if its bytes are those that were refused', () => {
    expect(isWhole(found(reopening()).rejection)).toBe(true);
    expect(isWhole(found(Buffer.from('begin'), Buffer.from('begin and end')).rejection)).toBe(false);
  });

  test('is shown decoded, or byte by byte, without what a terminal would obey', () => {
    const text = rejectionText(found(reopening()));
    expect(text.slice(0, 2)).toEqual([
      'rejections-3@17: day-not-closed: nothing \\u001b[2J closed',
      'The submission is offset 5 of partition 3, recorded 1970-01-01T00:00:00.000Z.',
    ]);
    expect(text).toContain('  "requestedBy": "gerente",');
    expect(rejectionText(found(Buffer.from('no avro')))).toContain('6e6f206176726f');
  });
});

describe('a replay', () => {
  const step = (verdict: ReplayStep['verdict']): ReplayStep => ({
    found: found(reopening()),
    partition: 9,
    verdict,
    original: { kind: 'found', key: Buffer.from('m-1'), value: reopening() },
  });
  const accepted = step({
    kind: 'accepted',
    records: [{ type: 'DayReopened', ledgerSeq: 4, businessDate: 20_000 }],
  });
  const others = [
    step({ kind: 'duplicate' }),
    step({ kind: 'rejected', code: 'day-not-closed', detail: 'x' }),
    step({ kind: 'lost', reason: 'gone' }),
  ];

  test('sends the original bytes to the partition of their key, with a trail', () => {
    expect(messageOf(accepted, 'ana')).toEqual({
      key: Buffer.from('m-1'),
      value: reopening(),
      partition: 9,
      headers: { [REPLAY_OF_HEADER]: 'rejections-3@17', [REPLAYED_BY_HEADER]: 'ana' },
    });
  });

  test('sends nothing that was accepted before, would be refused again or is lost', () => {
    expect(others.map((each) => messageOf(each, 'ana'))).toEqual([null, null, null]);
  });

  test('says of each what it does, and in a dry run what it would do', () => {
    expect(planText([accepted, ...others], false)).toEqual([
      `rejections-3@17 DayReopenRequested ${ID}, refused as day-not-closed: would be sent to partition 9, accepted as DayReopened on 2024-10-04`,
      `rejections-3@17 DayReopenRequested ${ID}, refused as day-not-closed: was accepted since, nothing to do`,
      `rejections-3@17 DayReopenRequested ${ID}, refused as day-not-closed: would be refused again: day-not-closed: x`,
      `rejections-3@17 DayReopenRequested ${ID}, refused as day-not-closed: cannot be sent: gone`,
      '1 submission would be sent, 1 accepted before, 1 would be refused again, 1 lost.',
    ]);
    expect(planText([accepted], true).at(-1)).toMatch(/^1 submission sent, /);
  });
});

describe('the command line', () => {
  test.each(['list', 'show', 'replay'])('explains rejections %s with an example', async (name) => {
    const terminal = captureTerminal();
    expect(await runCli(['rejections', name, '--help'], terminal)).toBe(0);
    expect(terminal.output()).toMatch(
      new RegExp(`Usage: fluxo rejections ${name}(?:.|\\n)*Examples?:\\n {2}\\$ fluxo`),
    );
  });

  test.each([
    [['rejections', 'show', 'x'], 'Name a rejection by its place'],
    [['rejections', 'list', '--since', 'today'], 'It must be'],
    [['rejections', 'forget'], 'unknown command'],
  ])('%p is wrong usage', async (args, problem) => {
    const terminal = captureTerminal();
    expect(await runCli(args, terminal)).toBe(2);
    expect(terminal.errors()).toContain(problem);
  });
});
