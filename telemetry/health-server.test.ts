/** Where a worker's questions are answered: on loopback, unless it is told that others may ask. */
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { startHealthServer } from './health-server.ts';

afterEach(() => {
  delete process.env['FLUXO_HTTP_HOST'];
});

async function addressOfServer(): Promise<string> {
  const server = await startHealthServer({
    port: 0,
    metrics: new Registry(),
    readiness: () => ({ ready: true }),
  });
  const { address } = server.address() as AddressInfo;
  server.close();
  return address;
}

test('listens on loopback, where nobody else can ask', async () => {
  await expect(addressOfServer()).resolves.toBe('127.0.0.1');
});

test('listens where FLUXO_HTTP_HOST says: in a pod the cluster asks from outside', async () => {
  process.env['FLUXO_HTTP_HOST'] = '0.0.0.0';
  await expect(addressOfServer()).resolves.toBe('0.0.0.0');
});
