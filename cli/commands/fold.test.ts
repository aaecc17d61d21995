import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRegistry, registerSchemas, TopicCodec } from '@fluxo/kafka';
import { allTopics, partitionOf, topics } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { captureTerminal } from '../captured-terminal.ts';
import { encodeJsonForm } from '../record-line.ts';
import { runCli } from '../run-cli.ts';

const NOW_MS = 1_795_000_000_000;
const MERCHANT = 'm-1';
const PARTITION = partitionOf(Buffer.from(MERCHANT), 12);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluxo-fold-'));
});
afterAll(() => rm(folder, { recursive: true }));

const source = { system: 'pos', deviceId: null, sequence: null };
const configuration = {
  merchantId: MERCHANT,
  submittedAt: NOW_MS,
  source,
  configId: '00000000-0000-4000-8000-000000000001',
  name: 'Loja',
  zone: 'America/Sao_Paulo',
  cutoffMinutes: 0,
  effectiveFrom: '2020-01-01',
  lateEntries: 'BOOK_TODAY',
  backdateLimitDays: 10,
  accounts: [{ accountId: 'drawer', name: 'Drawer', type: 'DRAWER', currency: 'BRL' }],
};

function sale(number: number) {
  return {
    merchantId: MERCHANT,
    submittedAt: NOW_MS,
    source,
    entryId: `00000000-0000-4000-8000-0000000001${String(number).padStart(2, '0')}`,
    accountId: 'drawer',
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'PIX',
    amountMinor: 100 + number,
    currency: 'BRL',
    occurredAt: NOW_MS,
    description: null,
    externalId: null,
  };
}

/** A dump: the configuration, ten sales, and something nobody can decode. */
const history = [
  { type: 'MerchantConfigured', value: configuration },
  ...Array.from({ length: 10 }, (_, number) => ({ type: 'EntrySubmitted', value: sale(number) })),
  { type: null, value: null, raw: 'AAAAAAE=' },
].map((record, index) => ({
  topic: 'cash.submissions.v1',
  partition: PARTITION,
  offset: index * 2,
  timestamp: NOW_MS + index,
  key: MERCHANT,
  ...record,
}));

async function fold(lines: readonly unknown[], ...options: readonly string[]) {
  const terminal = captureTerminal({ stdin: lines.map((line) => JSON.stringify(line)).join('\n') });
  const exitCode = await runCli(['fold', '-', ...options], terminal);
  const outputs = terminal.output().split('\n').filter(Boolean);
  return { exitCode, outputs: outputs.map((line) => JSON.parse(line)), errors: terminal.errors() };
}

type Output = { readonly topic: string; readonly key: string; readonly value: Record<string, unknown> };

function lastOfEachKey(outputs: readonly Output[], topic: string): Output['value'][] {
  return [
    ...new Map(outputs.filter((each) => each.topic === topic).map((each) => [each.key, each.value])).values(),
  ];
}

describe('fluxo fold', () => {
  test('prints ledger, balances, merchants and rejections as dumps', async () => {
    const { exitCode, outputs, errors } = await fold(history, '--raw');
    expect([exitCode, errors]).toEqual([0, '']);
    expect(Object.keys(outputs[0])).toEqual([
      'topic',
      'partition',
      'offset',
      'timestamp',
      'key',
      'type',
      'value',
      'raw',
    ]);
    const types = outputs.map(({ type }) => type);
    expect(types.filter((type) => type === 'EntryPosted')).toHaveLength(10);
    expect(types.filter((type) => type === 'SubmissionRejected')).toHaveLength(1);
    expect(lastOfEachKey(outputs, 'cash.daily-balances.v1')).toMatchObject([
      { businessDate: '2026-11-18', revision: 11, totals: [{ closingMinor: 1_045, creditCount: 10 }] },
    ]);
    expect(outputs.find(({ type }) => type === 'SubmissionRejected').value).toMatchObject({
      code: 'malformed',
      sourceOffset: 22,
      value: '0000000001',
    });
  });

  test('comes to the same ledger, rejections and last documents however the log is cut into transactions', async () => {
    const [single, pairs, all] = await Promise.all([
      fold(history, '--raw', '--batch', '1'),
      fold(history, '--raw', '--batch', '2'),
      fold(history, '--raw'),
    ]);
    for (const topic of ['cash.ledger.v1', 'cash.rejections.v1']) {
      const rawOf = (outputs: readonly { topic: string; raw: string }[]) =>
        outputs.filter((each) => each.topic === topic).map(({ raw }) => raw);
      expect(rawOf(single.outputs)).toEqual(rawOf(all.outputs));
      expect(rawOf(pairs.outputs)).toEqual(rawOf(all.outputs));
    }
    for (const topic of ['cash.daily-balances.v1', 'cash.merchants.v1'])
      expect(lastOfEachKey(single.outputs, topic)).toEqual(lastOfEachKey(all.outputs, topic));
    expect(single.outputs.length).toBeGreaterThan(all.outputs.length);
  });

  test('skips lines of other topics', async () => {
    const { outputs } = await fold(history);
    const again = await fold([...outputs, ...history, ...outputs]);
    expect(again).toEqual({ exitCode: 0, outputs, errors: '' });
  });

  test('takes bytes that only look decodable here for what they were where they come from', async () => {
    const registry = new LocalRegistry();
    await registerSchemas(registry, allTopics);
    const codec = await TopicCodec.open(registry, topics.submissions);
    const raw = Buffer.from(encodeJsonForm(codec, 'EntrySubmitted', sale(50))).toString('base64');
    const { outputs } = await fold([...history, { ...history[11], offset: 30, raw }]);
    expect(outputs.filter(({ type }) => type === 'EntryPosted')).toHaveLength(10);
    expect(outputs.map(({ value }) => value).find(({ sourceOffset }) => sourceOffset === 30)).toMatchObject({
      code: 'malformed',
    });
  });

  test.each([
    [
      'a line for submit',
      [{ key: MERCHANT, type: 'EntrySubmitted', value: sale(1) }],
      'line 1: a dump has partition',
    ],
    [
      'an offset twice',
      [history[0], history[0]],
      'line 2: offset 0 of partition 5 comes after a higher one, or twice',
    ],
    ['an unknown partition', [{ ...history[0], partition: 12 }], 'partition 12 does not exist among 12'],
    ['a field of another type', [{ ...history[1], value: { ...sale(1), amountMinor: '5' } }], 'amountMinor'],
    [
      'a record of another topic',
      [{ ...history[0], type: 'EntryPosted', value: {} }],
      '"EntryPosted" is no record of',
    ],
  ])('refuses %s, naming the line', async (_name, lines, problem) => {
    const { exitCode, errors } = await fold(lines);
    expect(exitCode).toBe(1);
    expect(errors).toContain('standard input, line ');
    expect(errors).toContain(problem);
  });

  test('reads a file, and says so when there is none', async () => {
    const path = join(folder, 'dump.jsonl');
    await writeFile(path, history.map((line) => JSON.stringify(line)).join('\n'));
    const terminal = captureTerminal();
    expect(await runCli(['fold', path], terminal)).toBe(0);
    expect(terminal.output()).toContain('"EntryPosted"');
    expect(await runCli(['fold', join(folder, 'absent.jsonl')], terminal)).toBe(1);
    expect(terminal.errors()).toContain('cannot be read');
  });
});
