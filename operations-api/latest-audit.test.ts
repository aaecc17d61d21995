/** What is said of an audit that runs, of one that has just begun, and of whatever else may answer at its address. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry, startHealthServer } from '@fluxo/telemetry';
import { afterEach, expect, test } from '@jest/globals';
import { latestAudit } from './latest-audit.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

async function watchThatSays(state: object): Promise<string> {
  const readiness = () => ({ ready: false, ...state });
  server = await startHealthServer({ port: 0, metrics: new Registry(), readiness });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('its latest round, also of one that is not ready because of it', async () => {
  const round = { at: '2026-03-01T10:00:00.000Z', result: 'could-not-run', why: 'Kafka is away.' };
  const address = await watchThatSays({ round });
  expect(await latestAudit(address)).toEqual({ kind: 'round', address, round });
});

test('that its first round has not ended', async () => {
  const address = await watchThatSays({ round: null });
  expect(await latestAudit(address)).toEqual({ kind: 'beginning', address });
});

test('that it is away, when another program or nobody answers there', async () => {
  const address = await watchThatSays({});
  expect(await latestAudit(address)).toEqual({ kind: 'away', address });
  server?.close();
  expect(await latestAudit(address)).toEqual({ kind: 'away', address });
});

test('that there is none, where nobody has said where', async () => {
  expect(await latestAudit(undefined)).toEqual({ kind: 'none' });
});
