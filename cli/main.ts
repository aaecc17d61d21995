/**
 * `fluxo` as a process: joins the command line to this process's streams and signals. Ctrl-C and SIGTERM ask the command to stop,
 * a second Ctrl-C ends it at once. The process ends when the command has, whatever a library may still keep open: results are
 * written synchronously to files, pipes and terminals, so nothing is cut off.
 */
import { runCli } from './run-cli.ts';

/** A terminal sends Ctrl-C to this process and to the one that started it, which passes it on: that is one Ctrl-C. */
const SAME_SIGNAL_WITHIN_MS = 500;
const INTERRUPTED = 130;

const stop = new AbortController();
let stoppedAtMs = 0;

function onSignal(): void {
  const nowMs = performance.now();
  if (stop.signal.aborted && nowMs - stoppedAtMs > SAME_SIGNAL_WITHIN_MS) process.exit(INTERRUPTED);
  if (!stop.signal.aborted) stoppedAtMs = nowMs;
  stop.abort();
}

/**
 * kafkajs 2.2 asks for a pause of a negative length on every connection, which Node 24 reports on standard error; nothing is wrong.
 * Whoever looks for the real warnings still gets them.
 */
function onWarning(warning: Error): void {
  if (warning.name !== 'TimeoutNegativeWarning')
    process.stderr.write(`fluxo: ${warning.name}: ${warning.message}\n`);
}

process.removeAllListeners('warning').on('warning', onWarning);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
process.once('disconnect', onSignal);
process.channel?.unref();
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stop.signal,
});
process.exit(exitCode);
