/**
 * moto, a server that speaks the protocols of AWS, on loopback, with nothing in it. It is fetched
 * when a test first asks for it, and is no part of a stack. It knows conditional puts of S3, which the servers of npm do not.
 */
import { spawn } from 'node:child_process';
import { pythonPackages } from './python-packages.ts';

const VERSION = '5.2.5';
const PACKAGES = [`moto[s3]==${VERSION}`, 'flask==3.1.3', 'flask-cors==6.0.5'];
const LISTENS = /Running on (http:\/\/127\.0\.0\.1:\d+)/;

/** Everything but the address of a service is what it takes any of. */
export const motoClient = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
} as const;

export type Moto = {
  /** The endpoint of every service. */
  readonly url: string;
  readonly stop: () => Promise<void>;
};

/** Needs python3 with pip. Resolves when it answers; ends with this process at the latest. */
export async function startMoto(): Promise<Moto> {
  const folder = await pythonPackages(`moto-${VERSION}`, PACKAGES);
  const server = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    env: { ...process.env, PYTHONPATH: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const end = () => server.kill('SIGKILL');
  process.once('exit', end);
  const exited = new Promise<void>((resolve) => server.once('close', () => resolve()));
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
      const found = LISTENS.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    server.once('error', reject);
    void exited.then(() => reject(new Error(`moto ended before it listened: ${said}`)));
  });
  return {
    url,
    stop: async () => {
      end();
      await exited;
      process.removeListener('exit', end);
    },
  };
}
