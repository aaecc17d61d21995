/** The addresses of the page's back end (decision 0020), each in one place. Who asks, and how often, is the pages' matter. */
import type { SummaryGroup } from '@fluxo/schemas';

const part = encodeURIComponent;

export type EntryFilter = {
  readonly businessDate: string;
  readonly accountId?: string;
  readonly kind?: string;
  readonly paymentMethod?: string;
  readonly direction?: string;
  readonly text?: string;
  readonly limit?: number;
  readonly cursor?: string;
};

export type StatementForm = 'pdf' | 'csv' | 'ofx' | 'camt';

export type StatementChoice = {
  readonly from: string;
  readonly to: string;
  /** Empty: all. */
  readonly account: string;
  readonly form: StatementForm;
};

export type RejectionFilter = {
  /** Empty: any. */
  readonly code: string;
  readonly merchant: string;
  /** An instant; empty: since ever. */
  readonly since: string;
  /** Of the page before; empty: the first. */
  readonly cursor: string;
};

export const addresses = {
  day: (merchantId: string, date: string) => `/api/day/${part(merchantId)}/${part(date)}`,
  month: (merchantId: string, month: string) => `/api/month/${part(merchantId)}/${part(month)}`,
  entries: (merchantId: string, filter: EntryFilter) =>
    `/api/entries/${part(merchantId)}?${new URLSearchParams(
      Object.entries(filter).flatMap(([name, value]) =>
        value === undefined || value === '' ? [] : [[name, String(value)]],
      ),
    )}`,
  entry: (merchantId: string, entryId: string) => `/api/entries/${part(merchantId)}/${part(entryId)}`,
  dayEvents: (merchantId: string, date: string) => `/api/days/${part(merchantId)}/${part(date)}`,
  statement: (merchantId: string, { account, ...choice }: StatementChoice) =>
    `/api/statements/${part(merchantId)}?${new URLSearchParams({ ...choice, ...(account === '' ? {} : { account }) })}`,
  topics: () => '/api/operations/topics',
  audit: () => '/api/operations/audit',
  trails: (merchant: string, submission: string) =>
    `/api/operations/trails?${new URLSearchParams({ merchant, ...(submission === '' ? {} : { submission }) })}`,
  rejections: (filter: RejectionFilter) =>
    `/api/operations/rejections?${new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ''))}`,
  rejection: (place: string) => `/api/operations/rejections/${part(place)}`,
  replay: (place: string) => `/api/operations/rejections/${part(place)}/replay`,
  summary: (merchantId: string, from: string, to: string, groupBy: SummaryGroup) =>
    `/api/summary/${part(merchantId)}?${new URLSearchParams({ from, to, groupBy })}`,
};
