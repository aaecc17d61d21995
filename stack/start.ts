/**
 * `npm start [-- --dynamodb --observe --secure]`: the whole stack in the foreground, until Ctrl-C, SIGTERM, or the end of the process that started
 * this one.
 */
import { Foreground } from './foreground.ts';
import { placeOf } from './place.ts';
import { runProgram } from './program.ts';
import { secure } from './secured/secrets.ts';
import { defaultSize, servicesOf, streamsCount } from './services.ts';

const PARENT_CHECK_MS = 1_000;

await runProgram(async () => {
  const streams = streamsCount(process.env['FLUXO_STREAMS']);
  const has = (option: string) => process.argv.includes(option); // start.js has refused all others
  const hasSignIn = process.env['FLUXO_AUTH'] !== 'off';
  const size = {
    ...defaultSize,
    streams,
    hasDynamodb: has('--dynamodb'),
    hasWatchers: has('--observe'),
    hasSignIn,
  };
  const place = placeOf();
  if (has('--secure')) secure(place);
  await new Foreground(place, servicesOf(size), endOfWish()).run();
});

/** Aborts on the first signal, when nobody reads on, or when the process that started this one is killed and cannot pass a signal on. */
function endOfWish(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort());
  process.stdout.on('error', () => controller.abort()); // whoever read what is shown has gone
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) controller.abort();
  }, PARENT_CHECK_MS).unref();
  return controller.signal;
}
