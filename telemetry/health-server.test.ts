/** Where a worker's questions are answered: on loopback, unless it is told that others may ask. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { endHealthServer, startHealthServer } from './health-server.ts';

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
  endHealthServer(server);
  return address;
}

test('listens on loopback, where nobody else can ask', async () => {
  await expect(addressOfServer()).resolves.toBe('127.0.0.1');
});

test('listens where FLUXO_HTTP_HOST says: in a pod the cluster asks from outside', async () => {
  process.env['FLUXO_HTTP_HOST'] = '0.0.0.0';
  await expect(addressOfServer()).resolves.toBe('0.0.0.0');
});

test('ends also while somebody is asking: half a question, or one whose answer never comes', async () => {
  const server = await startHealthServer({
    port: 0,
    metrics: new Registry(),
    readiness: () => new Promise(() => undefined),
  });
  const { port } = server.address() as AddressInfo;
  const ended = ['GET /livez HTTP/1.1\r\n', 'GET /readyz HTTP/1.1\r\nHost: here\r\n\r\n'].map(
    async (question) => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      socket.write(question);
      await once(socket, 'connect');
      return once(socket, 'close');
    },
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  endHealthServer(server);
  await once(server, 'close');
  await expect(Promise.all(ended)).resolves.toHaveLength(2);
});
