/**
 * Prometheus and Alertmanager of a test's stack, asked what they know. The rules are those of `infra/observability/` with every length of
 * time divided, so that what takes five minutes in earnest takes seconds here; thresholds and expressions are the real ones.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { portOffsets } from '../stack/addresses.ts';

/** What every length of time is divided by: an hour is three minutes, a minute three seconds. */
const HASTE = 20;
const POLL_MS = 250;
const PATIENCE_MS = 240_000;
const MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Writes hastened copies of the rules in `from` into `to`, which is made. */
export function hastenRules(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from))
    writeFileSync(join(to, file), hastened(readFileSync(join(from, file), 'utf8')));
}

/** Lengths of time in ranges (`[1h:1m]`) and after `for:`; and ages that a metric in seconds is compared with. */
export function hastened(rules: string): string {
  const shortened = (text: string) =>
    text.replaceAll(
      /(\d+)([smhd])\b/g,
      (_, count: string, unit: keyof typeof MS) => `${(Number(count) * MS[unit]) / HASTE}ms`,
    );
  return rules
    .replaceAll(/\[[\d smhd:]+\]/g, shortened)
    .replaceAll(/for: \w+/g, shortened)
    .replaceAll(/> (60|3600)$/gm, (_, seconds: string) => `> ${Number(seconds) / HASTE}`);
}

type Labels = Readonly<Record<string, string>>;
type Sample = { readonly metric: Labels; readonly value: readonly [number, string] };
type Alert = { readonly labels: Labels; readonly state: 'pending' | 'firing' };
type Told = { readonly labels: Labels; readonly receivers: readonly { readonly name: string }[] };

export class Watching {
  readonly #prometheus: string;
  readonly #alertmanager: string;

  constructor(portBase: number) {
    this.#prometheus = `http://127.0.0.1:${portBase + portOffsets.prometheus}/api/v1`;
    this.#alertmanager = `http://127.0.0.1:${portBase + portOffsets.alertmanager}/api/v2`;
  }

  /** The samples of an instant query. Fails with what Prometheus has against it. */
  async query(expression: string): Promise<readonly Sample[]> {
    const url = `${this.#prometheus}/query?query=${encodeURIComponent(expression)}`;
    const answer = (await (await fetch(url)).json()) as {
      readonly error?: string;
      readonly data?: { readonly result: readonly Sample[] };
    };
    if (answer.data === undefined) throw new Error(`${expression}: ${answer.error}`);
    return answer.data.result;
  }

  /** The labels of what fires under this name. */
  async firing(alertname: string): Promise<readonly Labels[]> {
    const { data } = (await (await fetch(`${this.#prometheus}/alerts`)).json()) as {
      readonly data: { readonly alerts: readonly Alert[] };
    };
    return data.alerts
      .filter(({ labels, state }) => state === 'firing' && labels['alertname'] === alertname)
      .map(({ labels }) => labels);
  }

  /** Resolves with its severity once it fires with these labels. */
  async untilFiring(alertname: string, labels: Labels = {}): Promise<string | undefined> {
    let severity: string | undefined;
    await this.until(`${alertname} fires`, async () => {
      const found = (await this.firing(alertname)).find((each) => has(each, labels));
      severity = found?.['severity'];
      return found !== undefined;
    });
    return severity;
  }

  untilQuiet(alertname: string): Promise<void> {
    return this.until(`${alertname} is over`, async () => (await this.firing(alertname)).length === 0);
  }

  /** Resolves with who is told of it, once Alertmanager knows of it. */
  async receiversOf(alertname: string): Promise<readonly string[]> {
    let receivers: readonly string[] = [];
    await this.until(`Alertmanager knows of ${alertname}`, async () => {
      const told = (await (await fetch(`${this.#alertmanager}/alerts`)).json()) as readonly Told[];
      const found = told.find(({ labels }) => labels['alertname'] === alertname);
      receivers = found?.receivers.map(({ name }) => name) ?? [];
      return found !== undefined;
    });
    return receivers;
  }

  /** Fails after some minutes, saying what did not happen and what fires instead. */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (const startedMs = Date.now(); !(await holds()); await sleep(POLL_MS)) {
      if (Date.now() - startedMs < PATIENCE_MS) continue;
      const alerts = await this.query('ALERTS');
      throw new Error(`not within ${PATIENCE_MS / 1_000} s: ${what}. There is: ${JSON.stringify(alerts)}`);
    }
  }
}

function has(all: Labels, some: Labels): boolean {
  return Object.entries(some).every(([name, value]) => all[name] === value);
}
