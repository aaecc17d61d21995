/**
 * Where a stack lives on disk: its own home (data, logs, pid files; FLUXO_HOME) and the cache of downloads that all stacks of
 * this user share (FLUXO_CACHE). Two stacks at one time need two homes and two port bases.
 */
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Addresses, type Environment, localAddresses, portBaseOf } from './addresses.ts';

export type Place = {
  readonly checkout: string;
  readonly home: string;
  readonly cache: string;
  readonly portBase: number;
  readonly addresses: Addresses;
  /** What the processes of the stack inherit. */
  readonly env: Environment;
};

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

export function placeOf(env: Environment = process.env): Place {
  const portBase = portBaseOf(env);
  return {
    checkout,
    home: resolve(checkout, env['FLUXO_HOME'] ?? '.fluxo'),
    cache: cacheOf(env),
    portBase,
    addresses: localAddresses(portBase),
    env,
  };
}

export function cacheOf(env: Environment): string {
  return resolve(env['FLUXO_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'fluxo'));
}

/** Compiled code is kept between starts: a third of the time a process needs to load. */
export const compileCache = ({ cache }: Place) => ({ NODE_COMPILE_CACHE: join(cache, 'node-compile') });

export const dataFolder = (place: Place, service: string) => join(place.home, 'data', service);
export const logFile = (place: Place, service: string) => join(place.home, 'logs', `${service}.log`);
export const runFolder = (place: Place) => join(place.home, 'run');
export const pidFile = (place: Place, service: string) => join(runFolder(place), `${service}.json`);
