/**
 * With Docker: which commands the stack gives it. `docker` is a script that writes down what it was asked, and the test
 * itself answers on Redis' port; what a real daemon makes of the commands is not tested here.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isDockerUsable } from './docker.ts';
import { placeOf } from './place.ts';
import { serviceNamed } from './services.ts';
import { statusOf } from './status.ts';
import { Supervisor } from './supervisor.ts';

const FAKE_DOCKER = `#!/bin/sh
echo "$FLUXO_REDIS_PORT $*" >> "$FAKE_DOCKER_LOG"
case "$*" in
  *" down"*|*broken*) echo "no such service" >&2; exit 1;;
  *"ps --services"*) echo redis;;
esac
`;

let folder: string;
let redis: Server;
let port: number;
const pathBefore = process.env['PATH'];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluxo-test-'));
  writeFileSync(join(folder, 'docker'), FAKE_DOCKER);
  chmodSync(join(folder, 'docker'), 0o755);
  process.env['PATH'] = `${folder}:${pathBefore}`;
  process.env['FAKE_DOCKER_LOG'] = join(folder, 'asked');
  redis = createServer((socket) => void socket.once('data', () => socket.end('+PONG\r\n')));
  await new Promise<void>((resolve) => redis.listen(0, '127.0.0.1', resolve));
  port = (redis.address() as { port: number }).port;
});
afterEach(async () => {
  process.env['PATH'] = pathBefore;
  await new Promise((resolve) => redis.close(resolve));
  rmSync(folder, { recursive: true });
});

const asked = () =>
  readFileSync(join(folder, 'asked'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.replace(/--file \S+docker-compose.yml /, ''));

test('servers become containers of a project of this stack, on its ports', async () => {
  const portBase = port - 3;
  const place = placeOf({
    ...process.env,
    FLUXO_NATIVE: '',
    FLUXO_HOME: folder,
    FLUXO_PORT_BASE: String(portBase),
  });
  const supervisor = new Supervisor(place);
  await supervisor.up([serviceNamed('redis')]);
  expect(await statusOf(supervisor)).toMatchObject({
    processes: [],
    containers: [{ name: 'redis', ready: true }],
    died: [],
  });
  await supervisor.down();
  expect(asked().filter((line) => line.includes('compose --project-name'))).toEqual([
    `${port} compose --project-name fluxo-${portBase} up --detach redis`,
    `${port} compose --project-name fluxo-${portBase} ps --services --status running`,
    `${port} compose --project-name fluxo-${portBase} ps --services --status running`,
    `${port} compose --project-name fluxo-${portBase} stop redis`,
  ]);
});

test('FLUXO_NATIVE=1 wants no containers', () => {
  expect(isDockerUsable({ ...process.env, FLUXO_NATIVE: '' })).toBe(true);
  expect(isDockerUsable({ ...process.env, FLUXO_NATIVE: '1' })).toBe(false);
  expect(isDockerUsable({ PATH: '/nowhere' })).toBe(false);
});
