/**
 * Loaded before a processor (`node --import`), makes it one that dies of a certain record, as a bug below JavaScript would make it
 * die: with SIGKILL, in the middle of processing. The program is otherwise the one that runs in production.
 */
import { registerHooks } from 'node:module';

/** A submission whose value holds this text kills. */
const POISON = 'poisonous submission';

const VICTIM = '/streams/topologies/daily-balance.topology.ts';
const DOOR = 'function processSubmission(step: Step, record: LogRecord): void {';

const textOf = (source: unknown): string =>
  typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString();

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(VICTIM)) return loaded;
    const source = textOf(loaded.source);
    if (!source.includes(DOOR)) throw new Error(`${VICTIM} has changed: there is no ${DOOR} to poison`);
    const deadly = `if (Buffer.from(record.value ?? []).includes('${POISON}')) process.kill(process.pid, 'SIGKILL');`;
    return { ...loaded, source: source.replace(DOOR, `${DOOR} ${deadly}`) };
  },
});
