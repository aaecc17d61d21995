/**
 * A day in a shop, in a real browser against a real stack: somebody signs in, enters, sees it live, takes it back, carries cash to the
 * safe, loses the line, closes the day, sells late, opens it again, changes the language and leaves. After each step the figures on the page
 * are the query API's. The tests are one story and run in their order.
 */

import type { EntryPageBody, StatementBody } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { describeLooks } from './page-looks.ts';
import { PageScene, SHOP, type Visit } from './page-scene.ts';

jest.setTimeout(300_000);

let scene: PageScene;
let visit: Visit;
/** Another window of the same person, which only looks. */
let watcher: Visit;
let today = '';

beforeAll(async () => {
  scene = await PageScene.start();
  const body = await scene.ask<{ readonly businessDate: string }>(`/v1/merchants/${SHOP}/balances/latest`);
  today = body.businessDate;
}, 600_000);
afterAll(() => scene.end());

async function closing(): Promise<number> {
  return (await scene.balance(today)).totals[0]?.closingMinor ?? 0;
}

/** Waits until the query API says so: the page may be quicker. */
async function reaches(minor: number): Promise<void> {
  while ((await closing()) !== minor) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function entriesNamed(text: string): Promise<EntryPageBody['entries']> {
  return (await scene.ask<EntryPageBody>(`/v1/merchants/${SHOP}/entries?businessDate=${today}&text=${text}`))
    .entries;
}

async function submit(): Promise<string> {
  const id = await visit.formId();
  await visit.page.click('form[data-form] button[type=submit]');
  return id;
}

describeLooks(() => scene);

describe('a day in a shop', () => {
  test('who is not signed in is led to sign in, and comes back to where they wanted to go', async () => {
    visit = await scene.visit('owner');
    const stranger = await scene.browser.newContext({ locale: 'pt-BR' });
    const page = await stranger.newPage();
    await page.goto(`${scene.url}/m/${SHOP}/month`);
    await page.waitForURL(/\/sign-in/);
    expect(new URL(page.url()).searchParams.get('returnTo')).toBe(`/m/${SHOP}/month`);
    await stranger.close();
  });

  test('today shows the query API’s figures, account by account', async () => {
    const startedMs = performance.now();
    await visit.open('today');
    const shown = await visit.figure('closing');
    console.log(`page to first figure: ${Math.round(performance.now() - startedMs)} ms`);
    const { totals, accounts } = await scene.balance(today);
    expect(shown).toBe(totals[0]?.closingMinor);
    expect(await visit.figure('opening')).toBe(totals[0]?.openingMinor);
    expect(await visit.figure('credits')).toBe(totals[0]?.creditsMinor);
    expect(await visit.figure('debits')).toBe(totals[0]?.debitsMinor);
    for (const { accountId, closingMinor } of accounts) {
      const cell = visit.page.locator(`[data-account="${accountId}"] [data-testid=account-closing]`);
      expect(await cell.getAttribute('data-minor')).toBe(String(closingMinor));
    }
  });

  test('what is entered in one window is seen in another, live', async () => {
    watcher = await scene.visit('owner');
    await watcher.open('today');
    const before = await watcher.figure('closing');
    await watcher.page.waitForSelector('[data-testid=line] .live, .live[data-testid=line]');
    await visit.open('new');
    await visit.page.fill('input[name=amount]', '1.234,56');
    await visit.page.fill('input[name=description]', 'primeira');
    const sent = visit.page.waitForRequest(/\/entries$/).then(() => performance.now());
    const seen = watcher.shows('closing', before + 123_456).then(() => performance.now());
    const id = await submit();
    await visit.becomes(id, 'posted');
    console.log(`POST to visible in another window: ${Math.round((await seen) - (await sent))} ms`);
    await reaches(before + 123_456);
    await watcher.page.waitForSelector(`[data-entry="${id}"]`);
    expect(await watcher.figure('closing')).toBe(before + 123_456);
  });

  test('it is taken back with a reason, and both stand in the day', async () => {
    const before = await closing();
    const [entry] = await entriesNamed('primeira');
    await visit.open('day/today');
    const row = visit.page.locator(`tr[data-entry="${entry?.entryId}"]`);
    await row.getByRole('button').click();
    await visit.page.getByRole('button', { name: 'Estornar' }).click();
    await visit.page.fill('input[name=reason]', 'lançado duas vezes no papel');
    await visit.page.locator('fx-reason-form button[type=submit]').click();
    await visit.page.waitForSelector('fx-entry-table tr.taken-back');
    await visit.shows('closing', before - 123_456);
    await watcher.shows('closing', before - 123_456);
    await reaches(before - 123_456);
    const [first] = await entriesNamed('primeira');
    expect(first?.reversedByEntryId).not.toBeNull();
  });

  test('a sangria moves cash to the safe, and the total stays', async () => {
    const before = await scene.balance(today);
    await visit.open('new?mode=transfer');
    await visit.page.fill('input[name=amount]', '50');
    await visit.becomes(await submit(), 'posted');
    const total = before.totals[0];
    await watcher.shows('debits', (total?.debitsMinor ?? 0) + 5_000);
    await watcher.shows('closing', total?.closingMinor ?? 0);
    const { accounts } = await scene.balance(today);
    const of = (accountId: string) =>
      accounts.find((each) => each.accountId === accountId)?.closingMinor ?? 0;
    const drawer = before.accounts.find(({ accountId }) => accountId === 'drawer-1')?.closingMinor ?? 0;
    expect([of('drawer-1'), of('safe')]).toEqual([drawer - 5_000, 5_000]);
  });

  test('a refusal is said in words, with what to do', async () => {
    await visit.open('new?mode=transfer');
    await visit.choose('Da conta', 'Cofre');
    await visit.page.fill('input[name=amount]', '10');
    await submit();
    await visit.page.waitForSelector('mat-error:has-text("As duas contas são a mesma.")');

    await visit.open('new?mode=entry');
    await visit.page.fill('input[name=amount]', '10');
    await visit.page.fill('input[name=when]', `${today}T23:59`);
    const id = await submit();
    await visit.becomes(id, 'refused');
    const words = await visit.page.locator(`[data-submission="${id}"]`).textContent();
    expect(words).toContain('O horário está no futuro.');
    expect(words).toContain('Corrija o horário ou deixe em branco para agora.');
    await visit.page
      .locator(`[data-submission="${id}"]`)
      .getByRole('button', { name: 'Tirar da lista' })
      .click();
  });

  test('a line cut between the sending and the answer makes one entry', async () => {
    const before = await closing();
    await visit.open('new?mode=entry');
    let cuts = 0;
    await visit.page.route(/\/api\/merchants\/[^/]+\/entries$/, async (route) => {
      await route.fetch();
      cuts += 1;
      // The server has taken it; the answer never arrives. The second time it does.
      if (cuts === 1) await route.abort('connectionreset');
      else await route.continue();
    });
    await visit.page.fill('input[name=amount]', '77,70');
    await visit.page.fill('input[name=description]', 'cortada');
    await visit.becomes(await submit(), 'posted');
    await visit.page.unroute(/\/api\/merchants\/[^/]+\/entries$/);
    expect(cuts).toBe(2);
    await reaches(before + 7_770);
    expect(await entriesNamed('cortada')).toHaveLength(1);
  });

  test('a form keeps its id through a reload; without a line it waits, and is sent once when the line is back', async () => {
    const before = await closing();
    await visit.open('new');
    await visit.page.fill('input[name=amount]', '33,30');
    await visit.page.fill('input[name=description]', 'semlinha');
    const id = await visit.formId();
    await visit.page.reload();
    await visit.page.waitForSelector(`form[data-form="${id}"]`);
    expect(await visit.page.inputValue('input[name=amount]')).toBe('33,30');
    await visit.page.context().setOffline(true);
    expect(await submit()).toBe(id);
    await visit.becomes(id, 'waiting');
    expect(await closing()).toBe(before);
    await visit.page.context().setOffline(false);
    await visit.becomes(id, 'posted');
    await reaches(before + 3_330);
    expect(await entriesNamed('semlinha')).toHaveLength(1);
  });

  test('the keyboard alone suffices for an entry', async () => {
    const before = await closing();
    await visit.open('today');
    await visit.figure('closing');
    const { keyboard } = visit.page;
    const isAt = (selector: string) =>
      visit.page.locator(selector).evaluate((element) => element.ownerDocument.activeElement === element);
    const tabTo = async (selector: string) => {
      for (let steps = 0; steps < 60; steps += 1) {
        if ((await visit.page.locator(selector).count()) > 0 && (await isAt(selector))) return;
        await keyboard.press('Tab');
      }
      throw new Error(`the tabulator never comes to ${selector}`);
    };
    await tabTo('nav.side a[href$="/new"]');
    await keyboard.press('Enter');
    await visit.page.waitForSelector('form[data-form]');
    await tabTo('input[name=amount]');
    await keyboard.type('12,34');
    await keyboard.press('Tab');
    // The kind, by its first letters.
    await keyboard.type('Fund');
    await visit.page.waitForSelector('mat-select[formcontrolname=kind]:has-text("Fundo de caixa")');
    const id = await visit.formId();
    await keyboard.press('Tab');
    await tabTo('input[name=description]');
    await keyboard.press('Enter');
    await visit.becomes(id, 'posted');
    await reaches(before + 1_234);
    const [opening] = (
      await scene.ask<EntryPageBody>(`/v1/merchants/${SHOP}/entries?businessDate=${today}&kind=OPENING`)
    ).entries;
    expect(opening?.entryId).toBe(id);
  });

  test('a report’s figures are the query API’s, and its file holds every row', async () => {
    await visit.open('reports');
    await visit.page.selectOption('.filters select', 'paymentMethod');
    await visit.page.waitForSelector('tr[data-key=PIX]');
    const rows = await visit.page.locator('tr[data-key]').count();
    const [file] = await Promise.all([
      visit.page.waitForEvent('download'),
      visit.page.getByRole('button', { name: 'Baixar CSV' }).click(),
    ]);
    const text = await (await file.createReadStream()).toArray();
    const lines = Buffer.concat(text).toString('utf8').trimEnd().split('\r\n');
    expect(lines).toHaveLength(rows + 1);
    expect(lines[0]).toBe(
      '\uFEFFForma de pagamento,Moeda,Saldo inicial,Entradas,Saídas,Saldo final,Lançamentos',
    );
  });

  test('a statement is downloaded in every form; one that cannot be had says why in its place', async () => {
    await visit.open('reports');
    const [whole] = (
      await scene.ask<StatementBody>(`/v1/merchants/${SHOP}/statements?from=${today}&to=${today}`)
    ).accounts;
    expect(whole).toBeDefined();
    for (const [form, begins] of [
      ['PDF', '%PDF-'],
      ['CSV', '\uFEFFrecord,accountId'],
      ['OFX', 'OFXHEADER:100'],
      ['camt.053', '<?xml'],
    ] as const) {
      const [file] = await Promise.all([
        visit.page.waitForEvent('download'),
        visit.page.getByRole('button', { name: form, exact: true }).click(),
      ]);
      const text = Buffer.concat(await (await file.createReadStream()).toArray()).toString('utf8');
      expect(text.slice(0, begins.length)).toBe(begins);
      expect(file.suggestedFilename()).toContain(SHOP);
    }
    await scene.stack.stop('query-api');
    await visit.page.getByRole('button', { name: 'CSV', exact: true }).click();
    await visit.page.waitForSelector('fx-statement-download fx-failure');
    await scene.stack.start('query-api');
    await visit.page.locator('fx-statement-download fx-failure button').click();
    await visit.page.waitForSelector('fx-statement-download fx-failure', { state: 'detached' });
  });

  test('the day is closed by a blind count, with its variance; a late sale lands tomorrow', async () => {
    const { accounts } = await scene.balance(today);
    const drawer = accounts.find(({ accountId }) => accountId === 'drawer-1')?.closingMinor ?? 0;
    await visit.open('close');
    const count = visit.page.locator('fieldset[data-account="drawer-1"]');
    await count.getByLabel('R$ 200,00: quantidade').fill('2');
    expect(await visit.page.locator('main').textContent()).not.toContain('Quebra de caixa');
    await visit.page.getByRole('button', { name: 'Conferir' }).click();
    const variance = visit.page.locator('[data-variance="drawer-1"] [data-testid=variance]');
    expect(await variance.getAttribute('data-minor')).toBe(String(40_000 - drawer));
    await visit.page.getByRole('button', { name: /^Fechar o dia/ }).click();
    await visit.page.waitForSelector('text=Este dia está fechado');
    expect((await scene.merchant()).closedThrough).toBe(today);

    await visit.open('new?mode=entry');
    await visit.page.fill('input[name=amount]', '8,00');
    await visit.page.fill('input[name=description]', 'atrasada');
    const id = await submit();
    await visit.becomes(id, 'posted');
    const href = await visit.page.locator(`[data-submission="${id}"] a`).getAttribute('href');
    const tomorrow = new Date(Date.parse(today) + 86_400_000).toISOString().slice(0, 10);
    expect(href).toBe(`/m/${SHOP}/day/${tomorrow}`);
    expect((await scene.balance(tomorrow)).totals[0]?.creditsMinor).toBe(800);
  });

  test('the day is opened again, with a reason', async () => {
    await visit.open(`close/${today}`);
    await visit.page.getByRole('button', { name: 'Reabrir' }).click();
    await visit.page.fill('input[name=reason]', 'faltou uma nota');
    await visit.page.locator('fx-reason-form button[type=submit]').click();
    await visit.page.waitForSelector('fx-account-count');
    expect((await scene.merchant()).closedThrough).not.toBe(today);
    await visit.open(`day/${today}`);
    await visit.page.waitForSelector('text=faltou uma nota');
  });

  test('a change of the cut-off shows which days it moves, before it is sent', async () => {
    await visit.open('merchant');
    await visit.page.fill('input[name=cutoff]', '04:00');
    await visit.page.waitForSelector('[data-testid=preview] tr.moved');
    expect(await visit.page.locator('[data-testid=preview] tbody tr').count()).toBe(6);
  });

  test('with the query API away the page says since when, and draws no zero', async () => {
    await watcher.open('today');
    const before = await watcher.figure('closing');
    await scene.stack.stop('query-api');
    await watcher.page.waitForSelector('fx-notice.caution');
    expect(await watcher.figure('closing')).toBe(before);
    const fresh = await scene.visit('owner');
    await fresh.open('today');
    await fresh.page.waitForSelector('fx-failure');
    expect(await fresh.page.locator('fx-money').count()).toBe(0);
    await fresh.close();
    await scene.stack.start('query-api');
    await watcher.page.waitForSelector('.live[data-testid=line], [data-testid=line].live');
  });

  test('the language changes at once; who leaves is out, in every window', async () => {
    await visit.open('today');
    await visit.page.locator('.rail select').selectOption('English');
    await visit.page.getByRole('heading', { name: 'Today', level: 1 }).waitFor();
    expect(await visit.page.locator('html').getAttribute('lang')).toBe('en');
    const sameSession = await visit.page.context().newPage();
    await sameSession.goto(`${scene.url}/m/${SHOP}/today`);
    await sameSession.waitForSelector('[data-testid=line].live');
    await visit.page.locator('.rail').getByRole('button', { name: 'Sign out' }).click();
    await visit.page.waitForURL((url) => url.pathname !== `/m/${SHOP}/today`);
    await visit.page.goto(`${scene.url}/m/${SHOP}/today`);
    await visit.page.waitForURL(/sign-in/);
    await sameSession.waitForSelector('fx-notice.ended a');
    expect([...visit.errors, ...watcher.errors]).toEqual([]);
  });
});
