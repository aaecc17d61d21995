/** What a connection is like below Kafka's protocol. The broker is a socket that says nothing. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { WireDialer } from './wire-dialer.ts';

/** What Linux says of the timer of each connection to this port; 02: it is kept alive. */
function timersTo(port: number): readonly (string | undefined)[] {
  const address = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote?.endsWith(address) === true && state === '01')
    .map(([, , , , , timer]) => timer?.slice(0, 2));
}

(process.platform === 'linux' ? describe : describe.skip)('a connection that says nothing', () => {
  test('is kept alive, so that nothing on the way forgets it', async () => {
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const dialer = new WireDialer('test');
    const connection = await dialer.dial({ host: '127.0.0.1', port }, { requestTimeoutMs: 1_000 });
    expect(timersTo(port)).toEqual(['02']);
    await connection.close();
    server.close();
  });
});
