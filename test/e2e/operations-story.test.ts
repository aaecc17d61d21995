/**
 * An operator's round, in a real browser against a real stack: who lags, partition by partition; what was refused and why; a dry run, and sending it
 * again when the reason is gone, after being asked; and that nobody else comes near it. One story, in its order. Where FLUXO_SCREENSHOTS names a folder,
 * pictures go there.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { captureTerminal } from '../../cli/captured-terminal.ts';
import { runCli } from '../../cli/run-cli.ts';
import { type RunningCommand, startFluxo } from '../../testing/fluxo-command.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { configuration, MERCHANT, sale } from '../integration/operator-scene.ts';
import { PHONE, webp } from './page-looks.ts';
import { openBrowser, type Place, type Visit, visitAs } from './page-scene.ts';

jest.setTimeout(300_000);

const LEDGER_SINK = 'fluxo-sink-postgres-ledger';
const early = randomUUID();

let stack: TestStack;
let place: Place;
let visit: Visit;
let audit: RunningCommand | undefined;
beforeAll(async () => {
  stack = await startStack({ signIn: true });
  place = { browser: await openBrowser(), url: stack.addresses.bff };
  await submit(configuration(['main']), sale('main', randomUUID()), sale('till-2', early));
  await submit({ key: MERCHANT, raw: Buffer.from('no avro').toString('base64') });
  await fluxo(['wait']);
  visit = await visitAs(place, 'operator');
}, 600_000);
afterAll(async () => {
  await audit?.end();
  await place?.browser.close();
  await stack?.destroy();
});

async function fluxo(args: readonly string[], stdin = ''): Promise<string> {
  const terminal = captureTerminal({ stdin, env: { ...stack.env, PATH: process.env['PATH'] ?? '' } });
  if ((await runCli(args, terminal)) !== 0) throw new Error(terminal.errors());
  return terminal.output();
}

function submit(...lines: readonly object[]): Promise<string> {
  return fluxo(['submit', '-'], lines.map((line) => JSON.stringify(line)).join('\n'));
}

const go = (path: string, who = visit) => who.page.goto(`${place.url}/operations/${path}`);
const seen = (selector: string, who = visit) => who.page.locator(selector).first().waitFor();
const rowOf = (group: string, behind: string) => `tr[data-group="${group}"][data-behind${behind}]`;

describe('how the pipeline is', () => {
  test('is one step from where an operator arrives', async () => {
    await visit.page.locator('fx-merchants-page a[href="/operations"]').click();
    await visit.page.waitForURL(/\/operations\/pipeline$/);
    await seen('fx-chart canvas');
    await seen(rowOf('fluxo-streams', '="0"'));
    expect(await visit.page.locator('tr[data-group]').count()).toBe(7);
    expect(await visit.page.locator('tr[data-topic]').count()).toBe(5);
    expect(await visit.page.locator('fx-partition-strip li').count()).toBe(12);
  });

  test('who falls behind is seen without asking, and in which partition', async () => {
    await stack.kill('sink-postgres-1');
    await submit(sale('main', randomUUID()), sale('main', randomUUID()));
    await seen(`tr[data-group="${LEDGER_SINK}"]:not([data-behind="0"])`);
    await visit.page.locator(`tr[data-group="${LEDGER_SINK}"] button`).click();
    await seen('fx-partition-strip li.late');
    expect(await visit.page.locator('fx-partition-strip li.late').count()).toBe(1);
    await stack.start('sink-postgres-1');
    await seen(rowOf(LEDGER_SINK, '="0"'));
    await visit.page.locator('fx-partition-strip li.late').waitFor({ state: 'detached' });
  });
});

describe('what was refused', () => {
  const verdict = (kind: string, isSent: boolean) => `[data-verdict="${kind}"][data-sent="${isSent}"]`;
  const row = 'fx-rejections-page tr[data-place]';

  test('is listed, and found by its reason', async () => {
    await visit.page.locator('fx-operations-page nav a[href$="/rejections"]').click();
    await seen(row);
    expect(await visit.page.locator(row).count()).toBe(2);
    const search = async (code: string) => {
      await visit.page.fill('input[name=code]', code);
      await visit.page.click('fx-rejections-page button[type=submit]');
    };
    await search('day-closed');
    await seen('fx-notice.quiet');
    await search('malformed');
    await seen(row);
    await visit.page.locator(`${row} a`).click();
    expect(await visit.page.locator('[data-testid=bytes]').textContent()).toContain('no avro');
    await go('rejections');
    await search('account-unknown');
    await visit.page.locator(`${row} a`).click();
    expect(await visit.page.locator('[data-testid=decoded]').textContent()).toContain(early);
  });

  test('is not offered for sending while it would be refused again', async () => {
    await visit.page.click('[data-testid=dry-run]');
    await seen(verdict('rejected', false));
    expect(await visit.page.locator('[data-testid=send]').count()).toBe(0);
  });

  test('is sent once the reason is gone and somebody is sure, counts, and counts once', async () => {
    await submit(configuration(['main', 'till-2']));
    await fluxo(['wait']);
    await visit.page.click('[data-testid=dry-run]');
    await seen(verdict('accepted', false));
    const entries = async () => JSON.parse(await fluxo(['balance', MERCHANT, '--json'])) as object;
    expect(await entries()).toMatchObject({ totals: [{ creditCount: 3 }] });
    await visit.page.click('[data-testid=send]');
    await visit.page.click('[data-testid=really-send]');
    await seen(verdict('accepted', true));
    expect(await visit.page.locator('[data-testid=send]').count()).toBe(0);
    await visit.page.click('[data-testid=dry-run]');
    await seen(verdict('duplicate', false));
    await fluxo(['wait']);
    expect(await entries()).toMatchObject({ totals: [{ creditCount: 4 }] });
    const sent = await fluxo(['tail', 'submissions', '--from', 'beginning', '--no-follow']);
    expect(sent).toContain('fluxo-replayed-by=operator');
  });
});

describe('the way of a submission', () => {
  test('leads from whoever made it to those who read what came of it, refusal and replay alike', async () => {
    await visit.page.locator('fx-operations-page nav a[href$="/trail"]').click();
    await visit.page.fill('input[name=merchant]', MERCHANT);
    await visit.page.fill('input[name=submission]', early);
    await visit.page.click('fx-trail-page button[type=submit]');
    await seen(`[data-trail="${early}"]`);
    const trails = await visit.page.locator(`[data-trail="${early}"]`).all();
    const outcomes = await Promise.all(trails.map((each) => each.getAttribute('data-outcome')));
    expect(outcomes).toEqual(['posted', 'rejected']);
    const of = (outcome: string) => `[data-trail="${early}"][data-outcome="${outcome}"]`;
    for (const step of ['occurred', 'submitted', 'recorded', 'posted', 'document'])
      await seen(`${of('posted')} [data-step="${step}"]`);
    expect(await visit.page.locator(`${of('posted')} [data-view][data-taken="true"]`).count()).toBe(3);
    await visit.page.locator(`${of('rejected')} a`).click();
    await seen('fx-replay');
  });
});

describe('the audit', () => {
  test('is missed, with the command that starts it; once it runs, it says that everything is equal', async () => {
    await visit.page.locator('fx-operations-page nav a[href$="/audit"]').click();
    await seen('[data-audit="away"]');
    const command = await visit.page.locator('[data-audit="away"] code').textContent();
    audit = startFluxo((command ?? '').split(' ').slice(2), stack.env);
    await seen('[data-audit="equal"]');
    expect(await visit.page.locator('[data-testid=differences]').textContent()).toBe('0');
  });
});

describe('nobody else', () => {
  test('is led there, shown the way or answered', async () => {
    const manager = await visitAs(place, 'manager');
    await go('rejections', manager);
    await manager.page.waitForURL(/\/m\/sim-0001\/today$/);
    expect(await manager.page.locator('a[href="/operations"]').count()).toBe(0);
    const statuses = await manager.page.evaluate<number[]>(`Promise.all(
      ['topics', 'audit', 'rejections', 'rejections/0-0', 'trails?merchant=sim-0001'].map(async (path) => (await fetch('/api/operations/' + path)).status)
    )`);
    expect(statuses).toEqual([403, 403, 403, 403, 403]);
    await manager.close();
  });
});

describe('how it looks', () => {
  const pages = {
    pipeline: ['pipeline', 'fx-chart canvas'],
    rejections: ['rejections', 'fx-rejections-page tr[data-place]'],
    rejection: ['rejections', 'fx-replay'],
    trail: [`trail?merchant=${MERCHANT}`, '[data-trail]'],
    audit: ['audit', '[data-audit]'],
  } as const;
  const names = Object.keys(pages) as (keyof typeof pages)[];

  async function show(who: Visit, name: keyof typeof pages): Promise<void> {
    const [path, sign] = pages[name];
    await go(path, who);
    if (name === 'rejection') await who.page.locator('fx-rejections-page tr[data-place] a').first().click();
    await seen(sign, who);
    await who.page.waitForTimeout(700);
  }

  test.each(['light', 'dark'] as const)('axe finds nothing serious, %s', async (colorScheme) => {
    const looker = await visitAs(place, 'operator', { colorScheme });
    const found: string[] = [];
    for (const name of names) {
      await show(looker, name);
      found.push(...(await looker.objections()).map((text) => `${name}: ${text}`));
    }
    await looker.close();
    expect([found, looker.errors]).toEqual([[], []]);
  });

  test('a phone needs no scrolling sideways', async () => {
    const looker = await visitAs(place, 'operator', { viewport: PHONE, isMobile: true });
    const wide: string[] = [];
    for (const name of names) {
      await show(looker, name);
      const width = await looker.page.evaluate<number>('document.documentElement.scrollWidth');
      if (width > PHONE.width) wide.push(`${name}: ${width} pixels`);
    }
    await looker.close();
    expect(wide).toEqual([]);
  });

  const folder = process.env['FLUXO_SCREENSHOTS'];
  if (folder !== undefined)
    test('pictures', async () => {
      mkdirSync(folder, { recursive: true });
      for (const locale of ['pt-BR', 'en'] as const) {
        const viewport = { width: 1280, height: 900 };
        const looker = await visitAs(place, 'operator', { locale, viewport, colorScheme: 'light' });
        for (const name of names) {
          await show(looker, name);
          const file = join(folder, `operations-${name}-desktop-${locale}.webp`);
          writeFileSync(file, await webp(looker.page));
        }
        await looker.close();
      }
      expect(visit.errors).toEqual([]);
    });
});
