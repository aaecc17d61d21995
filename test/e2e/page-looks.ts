/**
 * How every page looks, before anything has happened in the story: axe finds nothing serious in light and dark, a phone needs no scrolling
 * sideways, the first load is small. Where FLUXO_SCREENSHOTS names a folder, pictures of all pages in both languages go there.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { BrowserContextOptions, Page, Request } from 'playwright-core';
import { type PageScene, SHOP, type Visit } from './page-scene.ts';

/** Decision 0020. Charts come after it. */
const FIRST_LOAD_BYTES_MAX = 250_000;
/** What a page needs at once; one that asks in a circle is far above. */
const REQUESTS_MAX = 8;
export const PHONE = { width: 390, height: 844 };
/** Most of the phones that are sold are no wider. */
const NARROWEST = 360;

/** Each page, and what must be there before it is looked at. */
const pages = {
  today: ['today', 'fx-breakdown canvas'],
  month: ['month', 'fx-chart canvas'],
  day: ['day/today', 'fx-entry-table tbody tr'],
  new: ['new', 'form[data-form]'],
  transfer: ['new?mode=transfer', 'form[data-form]'],
  close: ['close', 'fx-account-count'],
  reports: ['reports', 'fx-chart canvas'],
  merchant: ['merchant', '[data-testid=preview]'],
} as const;
const names = Object.keys(pages) as (keyof typeof pages)[];
/** A few are enough to show what a phone makes of them. */
const onPhone: readonly string[] = ['today', 'month', 'new'];

async function show(visit: Visit, name: keyof typeof pages): Promise<void> {
  const [place, sign] = pages[name];
  await visit.open(place);
  await visit.page.locator(sign).first().waitFor();
  await visit.page.locator('fx-skeleton').first().waitFor({ state: 'detached' });
  // Charts and new rows come in within half a second; what is looked at stands still.
  await visit.page.waitForTimeout(700);
}

export function describeLooks(scene: () => PageScene): void {
  describe('how it looks', () => {
    test.each(['light', 'dark'] as const)(
      'axe finds nothing serious on any page, %s',
      async (colorScheme) => {
        const visit = await scene().visit('owner', { colorScheme });
        const found: string[] = [];
        for (const name of names) {
          await show(visit, name);
          found.push(...(await visit.objections()).map((text) => `${name}: ${text}`));
        }
        await visit.page.goto(scene().url);
        await visit.page.locator('fx-merchants-page a').first().waitFor();
        found.push(...(await visit.objections()).map((text) => `merchants: ${text}`));
        await visit.page.goto(`${scene().url}/sign-in`);
        await visit.page.locator('fx-sign-in-page h1').waitFor();
        found.push(...(await visit.objections()).map((text) => `sign-in: ${text}`));
        await visit.close();
        expect([found, visit.errors]).toEqual([[], []]);
      },
    );

    test('a phone needs no scrolling sideways, and no page asks without end', async () => {
      const viewport = { ...PHONE, width: NARROWEST };
      const visit = await scene().visit('owner', { viewport, isMobile: true });
      const wide: string[] = [];
      const asked: Record<string, number> = {};
      for (const name of names) {
        visit.asked = 0;
        await show(visit, name);
        if (visit.asked > REQUESTS_MAX) asked[name] = visit.asked;
        const width = await visit.page.evaluate<number>('document.documentElement.scrollWidth');
        if (width > NARROWEST) wide.push(`${name}: ${width} pixels`);
      }
      await visit.close();
      expect([wide, asked]).toEqual([[], {}]);
    });

    test('the first load is small', async () => {
      const visit = await scene().visit('owner');
      const page = await visit.page.context().newPage();
      // Signing in has brought most of it already.
      const session = await page.context().newCDPSession(page);
      await session.send('Network.enable');
      await session.send('Network.setCacheDisabled', { cacheDisabled: true });
      const sizes: Promise<number>[] = [];
      page.on('requestfinished', (request) => {
        if (!request.url().includes('/api/')) sizes.push(sizeOf(request));
      });
      await page.goto(`${scene().url}/m/${SHOP}/today`);
      await page.locator('fx-breakdown canvas').first().waitFor();
      const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
      await visit.close();
      console.log(
        `first load over the line, without charts: ${Math.round(bytes / 1_000)} kB in ${sizes.length} files`,
      );
      expect(bytes).toBeLessThan(FIRST_LOAD_BYTES_MAX);
    });

    const folder = process.env['FLUXO_SCREENSHOTS'];
    if (folder !== undefined)
      test('pictures of every page', async () => {
        mkdirSync(folder, { recursive: true });
        for (const language of ['pt-BR', 'en'] as const) {
          await picture(scene(), { folder, language, look: 'desktop', colorScheme: 'light' });
          await picture(scene(), { folder, language, look: 'phone', colorScheme: 'dark' });
        }
        const pictures = readdirSync(folder).filter((file) => /^(?!operations-).*\.webp$/.test(file));
        expect(pictures).toHaveLength(2 * (names.length + onPhone.length));
      });
  });
}

/** What came over the line, in bytes. Charts are loaded after the figures and count for themselves. */
async function sizeOf(request: Request): Promise<number> {
  const response = await request.response();
  const isChart = (await response?.body())?.includes('echarts') ?? false;
  return isChart ? 0 : (await request.sizes()).responseBodySize;
}

type Picture = {
  readonly folder: string;
  readonly language: 'pt-BR' | 'en';
  readonly look: 'desktop' | 'phone';
  readonly colorScheme: 'light' | 'dark';
};

async function picture(scene: PageScene, { folder, language, look, colorScheme }: Picture): Promise<void> {
  const options: BrowserContextOptions =
    look === 'phone' ? { viewport: PHONE, isMobile: true } : { viewport: { width: 1280, height: 900 } };
  const visit = await scene.visit('owner', { ...options, colorScheme, locale: language });
  for (const name of names) {
    if (look === 'phone' && !onPhone.includes(name)) continue;
    await show(visit, name);
    if (name === 'merchant') await visit.page.fill('input[name=cutoff]', '04:00');
    writeFileSync(join(folder, `${name}-${look}-${language}.webp`), await webp(visit.page));
  }
  await visit.close();
}

/** A third of the bytes of a PNG, which is what Playwright's own pictures are. */
export async function webp(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 88 });
  return Buffer.from(data, 'base64');
}
