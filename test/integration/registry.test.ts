/** The registry client against a real registry: the contract, and a registry that is away, silent or broken. */
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SchemaRegistryClient, TopicCodec } from '@fluxo/kafka';
import { avroSchemas, topics } from '@fluxo/schemas';
import { afterAll, describe, expect, test } from '@jest/globals';
import { registryPortContract } from '../../kafka/avro/registry-port.contract.ts';
import { sharedServers } from '../../testing/servers.ts';

const run = `t-${randomUUID().slice(0, 8)}`;
registryPortContract(run, () => new SchemaRegistryClient(sharedServers().registry));

describe('a registry that does not answer is temporarily unavailable', () => {
  const unavailable = { code: 'temporarily-unavailable' };
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closing) await close();
  });

  async function fakeRegistry(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    closing.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('when nothing listens', async () => {
    const url = await fakeRegistry(() => {});
    await closing.pop()?.();
    const registry = new SchemaRegistryClient(url);
    await expect(registry.schemasUnder('s')).rejects.toMatchObject(unavailable);
    await expect(registry.register('s', avroSchemas.Merchant)).rejects.toMatchObject(unavailable);
    await expect(TopicCodec.open(registry, topics.merchants)).rejects.toMatchObject(unavailable);
  });

  test('when it accepts and stays silent', async () => {
    const registry = new SchemaRegistryClient(await fakeRegistry(() => {}));
    await expect(registry.schemasUnder('s')).rejects.toMatchObject(unavailable);
  }, 10_000);

  test('when it breaks in the middle, between listing and fetching', async () => {
    let requests = 0;
    const registry = new SchemaRegistryClient(
      await fakeRegistry((request, response) => {
        requests += 1;
        if (request.url?.endsWith('/versions')) response.end('[1]');
        else request.socket.destroy();
      }),
    );
    await expect(registry.schemasUnder('s')).rejects.toMatchObject(unavailable);
    expect(requests).toBe(2);
  });

  test('when it answers 500', async () => {
    const registry = new SchemaRegistryClient(
      await fakeRegistry((_, response) => response.writeHead(500).end('{}')),
    );
    await expect(registry.schemasUnder('s')).rejects.toMatchObject(unavailable);
    await expect(registry.setCompatibility('s', 'NONE')).rejects.toMatchObject(unavailable);
  });

  test.each([
    ['a page', 200, '<html>maintenance</html>'],
    ['an object in place of a list', 200, '{"message":"later"}'],
    ['that it does not know who asks', 401, '{"error_code":401,"message":"Unauthorized"}'],
    ['that this is forbidden', 403, '{"error_code":403,"message":"Forbidden"}'],
    ['that it is elsewhere', 302, ''],
    ['404, which a proxy says', 404, '<html>no such page</html>'],
  ])('when it answers a look-up with %s', async (_, status, body) => {
    const registry = new SchemaRegistryClient(
      await fakeRegistry((__, response) => response.writeHead(status).end(body)),
    );
    await expect(registry.schemasUnder('s')).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining(`status ${status}`),
    });
  });

  test.each([
    ['a page', 200, '<html>maintenance</html>'],
    ['401', 401, '{"error_code":401,"message":"Unauthorized"}'],
    ['404', 404, '{"error_code":40402,"message":"Version not found"}'],
  ])('when it lists a version and answers %s for it', async (_, status, body) => {
    const registry = new SchemaRegistryClient(
      await fakeRegistry(({ url }, response) =>
        url?.endsWith('/versions') ? response.end('[1]') : response.writeHead(status).end(body),
      ),
    );
    await expect(registry.schemasUnder('s')).rejects.toMatchObject(unavailable);
  });
});

test('a registration that is refused stays refused', async () => {
  const registry = new SchemaRegistryClient(sharedServers().registry);
  await expect(registry.setCompatibility(`${run}-nobody`, 'NO_SUCH_LEVEL' as never)).rejects.toMatchObject({
    code: 'registry-refused',
  });
});
