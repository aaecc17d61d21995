/** The relay's observer as metrics and log lines, and what waits in the outbox, asked for when the metrics are. */
import { Counter, type Logger, type Registry, registerAskedGauge } from '@fluxo/telemetry';
import type { OutboxRelay, RelayObserver } from './outbox-relay.ts';

export function relayObserver(registry: Registry, log: Logger): RelayObserver {
  const registers = [registry];
  const published = new Counter({
    name: 'fluxo_relay_published_total',
    help: 'Submissions that are in Kafka and out of the outbox.',
    registers,
  });
  const retries = new Counter({
    name: 'fluxo_relay_retries_total',
    help: 'Times the database or Kafka did not do what was asked, or the next row of a lane could not be read.',
    labelNames: ['what'],
    registers,
  });
  return {
    published: (rows) => published.inc(rows),
    retrying: (what, error) => {
      retries.inc({ what });
      log.warn({ what, err: error }, 'not possible now, trying again');
    },
    unreadable: ({ seq, lane }, problem) => {
      retries.inc({ what: 'row' });
      log.error(
        { seq, lane, problem },
        `row ${seq} of fluxo.outbox is no submission this release knows: lane ${lane} waits at it, the others go on. ` +
          'Start a relay of the release whose API wrote it.',
      );
    },
    forgot: (rows) => log.info({ rows }, 'forgot what was too old'),
  };
}

/** All relays of a database show the same backlog. */
export function registerBacklog(registry: Registry, relay: OutboxRelay): void {
  const rows = {
    name: 'fluxo_relay_outbox_rows',
    help: 'Submissions that were accepted and are not in Kafka, counted up to 100,000.',
  };
  const seconds = {
    name: 'fluxo_relay_outbox_age_seconds',
    help: 'How long ago the oldest of them was accepted; 0: none waits.',
  };
  registerAskedGauge(registry, rows, async () => [{ value: (await relay.backlog()).rows }]);
  registerAskedGauge(registry, seconds, async () => {
    const { oldestMs } = await relay.backlog();
    return [{ value: oldestMs === null ? 0 : Math.max(0, Date.now() - oldestMs) / 1_000 }];
  });
}
