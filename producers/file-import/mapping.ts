/**
 * What the columns of a sales file mean: the mapping, as JSON or YAML, checked strictly, so that a typing error is found before
 * anything is sent. `docs/import.md` describes it for those who write one; `mappings/` has examples.
 */
import { isZoneName, parseDate } from '@fluxo/domain';
import { parse as parseYaml } from 'yaml';
import { ProducerError } from '../producer-error.ts';
import { type DateFormat, dateFormatOf } from './date-format.ts';

/** A value that is the same for every row, or that of a column, translated if `values` are given. */
export type Cell =
  | { readonly constant: string }
  | { readonly column: string; readonly values: ReadonlyMap<string, string> | null };

export type Configuration = {
  readonly name: string;
  readonly zone: string;
  readonly cutoffMinutes: number;
  /** Days since 1970-01-01. */
  readonly effectiveFrom: number;
  readonly lateEntries: 'BOOK_TODAY' | 'REJECT';
  readonly backdateLimitDays: number;
  readonly accounts: readonly {
    readonly accountId: string;
    readonly name: string;
    readonly type: 'DRAWER' | 'SAFE' | 'BANK' | 'ACQUIRER' | 'OTHER';
    readonly currency: string;
  }[];
};

export type Mapping = {
  readonly csv: { readonly delimiter: string; readonly encoding: string };
  readonly merchantId: Cell;
  /** Sent before the first row, when given. */
  readonly configuration: Configuration | null;
  readonly accountId: Cell;
  readonly currency: Cell;
  readonly kind: Cell;
  /** null: CREDIT or DEBIT as the kind has it. */
  readonly direction: Cell | null;
  readonly paymentMethod: Cell;
  readonly amount: {
    readonly column: string;
    readonly decimalMark: string;
    readonly groupMark: string;
    /** What a negative amount is: nothing that can be imported, or a refund. */
    readonly negative: 'refuse' | 'refund';
  };
  readonly occurredAt: {
    readonly column: string;
    readonly format: DateFormat;
    /** Minutes after midnight, for rows that have a date only. */
    readonly timeMinutes: number;
    readonly zone: string;
  };
  readonly dateShift: 'none' | 'last-row-becomes-yesterday';
  readonly description: Cell | null;
  readonly externalId: Cell | null;
};

/** The mapping in this text. Fails with `invalid-mapping`, naming the field. */
export function parseMapping(text: string): Mapping {
  let document: unknown;
  try {
    // JSON is YAML, so one parser reads both.
    document = parseYaml(text);
  } catch (error) {
    throw invalid('', `is neither JSON nor YAML: ${(error as Error).message}`);
  }
  const root = new Section(document, '');
  const mapping: Mapping = {
    csv: root.section('csv', (csv) => ({
      delimiter: csv.delimiter('delimiter', ','),
      encoding: csv.encoding('encoding', 'utf-8'),
    })),
    merchantId: root.cell('merchantId'),
    configuration: root.has('configuration') ? root.section('configuration', configurationOf) : null,
    accountId: root.cell('accountId'),
    currency: root.cell('currency'),
    kind: root.cell('kind', { constant: 'SALE' }),
    direction: root.has('direction') ? root.cell('direction') : null,
    paymentMethod: root.cell('paymentMethod', { constant: 'OTHER' }),
    amount: root.section('amount', amountOf),
    occurredAt: root.section('occurredAt', (occurredAt) => ({
      column: occurredAt.text('column'),
      format: occurredAt.dateFormat('format', 'YYYY-MM-DD'),
      timeMinutes: occurredAt.timeOfDay('time', '12:00'),
      zone: occurredAt.zone('zone'),
    })),
    dateShift: root.oneOf('dateShift', ['none', 'last-row-becomes-yesterday'], 'none'),
    description: root.has('description') ? root.cell('description') : null,
    externalId: root.has('externalId') ? root.cell('externalId') : null,
  };
  root.refuseOthers();
  if (mapping.configuration !== null && !('constant' in mapping.merchantId))
    throw invalid('configuration', 'is for one merchant, so merchantId must be a text, not a column');
  return mapping;
}

/** Marks that can be mistaken for nothing else in an amount: an empty one would cut `12` between its digits. */
function amountOf(section: Section): Mapping['amount'] {
  const column = section.text('column');
  const decimalMark = section.text('decimalMark', '.');
  if (!/^[^\p{N}\p{Z}\s+\-−]$/u.test(decimalMark))
    throw invalid('amount.decimalMark', 'must be one character that is no digit, no sign and no blank');
  const groupMark = section.text('groupMark', '');
  if (!/^[^\p{N}+\-−]?$/u.test(groupMark))
    throw invalid('amount.groupMark', 'must be one character that is no digit and no sign, or empty');
  if (groupMark === decimalMark)
    throw invalid('amount.groupMark', `must be another one than decimalMark, which is "${decimalMark}"`);
  const negative = section.oneOf('negative', ['refuse', 'refund'], 'refuse');
  return { column, decimalMark, groupMark, negative };
}

function configurationOf(section: Section): Configuration {
  return {
    name: section.text('name'),
    zone: section.zone('zone'),
    cutoffMinutes: section.integer('cutoffMinutes', 0),
    effectiveFrom: section.date('effectiveFrom', '2020-01-01'),
    lateEntries: section.oneOf('lateEntries', ['BOOK_TODAY', 'REJECT'], 'BOOK_TODAY'),
    backdateLimitDays: section.integer('backdateLimitDays', 400),
    accounts: section.list('accounts', (account) => ({
      accountId: account.text('accountId'),
      name: account.text('name'),
      type: account.oneOf('type', ['DRAWER', 'SAFE', 'BANK', 'ACQUIRER', 'OTHER'], 'OTHER'),
      currency: account.text('currency'),
    })),
  };
}

function invalid(path: string, problem: string): ProducerError {
  return new ProducerError('invalid-mapping', `the mapping${path === '' ? '' : `, ${path}`}: ${problem}`);
}

/** One object of the mapping: hands out its fields checked, and knows which ones nobody has asked for. */
class Section {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #asked = new Set<string>();

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalid(path, 'is not an object');
    this.#fields = value as Record<string, unknown>;
    this.#path = path;
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#fields, field);
  }

  text(field: string, otherwise?: string): string {
    const value = this.#take(field, otherwise);
    if (typeof value !== 'string')
      throw this.#invalid(field, 'must be a text (in quotes, if it looks like a number)');
    return value;
  }

  integer(field: string, otherwise: number): number {
    const value = this.#take(field, otherwise);
    if (!Number.isSafeInteger(value)) throw this.#invalid(field, 'must be a whole number');
    return value as number;
  }

  oneOf<const Value extends string>(
    field: string,
    values: readonly Value[],
    otherwise: NoInfer<Value>,
  ): Value {
    const value = this.text(field, otherwise);
    if (!values.includes(value as Value)) throw this.#invalid(field, `must be one of ${values.join(', ')}`);
    return value as Value;
  }

  zone(field: string): string {
    const value = this.text(field);
    if (!isZoneName(value))
      throw this.#invalid(field, `${value} is no time zone; an example is America/Sao_Paulo`);
    return value;
  }

  delimiter(field: string, otherwise: string): string {
    const value = this.text(field, otherwise);
    if (!/^[^"\r\n]+$/.test(value))
      throw this.#invalid(field, 'must be a text without quotes and line ends, not empty');
    return value;
  }

  encoding(field: string, otherwise: string): string {
    const value = this.text(field, otherwise);
    try {
      return new TextDecoder(value).encoding;
    } catch {
      throw this.#invalid(field, `${value} is no known encoding; examples are utf-8 and windows-1252`);
    }
  }

  date(field: string, otherwise: string): number {
    const date = parseDate(this.text(field, otherwise));
    if (date === undefined) throw this.#invalid(field, 'must be a date YYYY-MM-DD');
    return date;
  }

  dateFormat(field: string, otherwise: string): DateFormat {
    const format = dateFormatOf(this.text(field, otherwise));
    if (format === null)
      throw this.#invalid(field, 'must hold YYYY, MM and DD once each, and may hold HH, mm and ss');
    return format;
  }

  timeOfDay(field: string, otherwise: string): number {
    const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(this.text(field, otherwise));
    if (match === null) throw this.#invalid(field, 'must be a time of day HH:mm');
    return Number(match[1]) * 60 + Number(match[2]);
  }

  cell(field: string, otherwise?: Cell): Cell {
    const value = this.#take(field, otherwise);
    if (value === otherwise && otherwise !== undefined) return otherwise;
    if (typeof value === 'string') return { constant: value };
    return this.section(field, (cell) => ({
      column: cell.text('column'),
      values: cell.has('values') ? cell.#translation('values') : null,
    }));
  }

  /** An object inside; one that is left out is empty. */
  section<Value>(field: string, read: (section: Section) => Value): Value {
    const section = new Section(this.#take(field, {}), this.#pathOf(field));
    const value = read(section);
    section.refuseOthers();
    return value;
  }

  list<Value>(field: string, read: (section: Section) => Value): readonly Value[] {
    const value = this.#take(field, undefined);
    if (!Array.isArray(value) || value.length === 0)
      throw this.#invalid(field, 'must be a list with at least one item');
    return value.map((item, index) => {
      const section = new Section(item, `${this.#pathOf(field)}[${index}]`);
      const result = read(section);
      section.refuseOthers();
      return result;
    });
  }

  refuseOthers(): void {
    for (const field of Object.keys(this.#fields))
      if (!this.#asked.has(field)) throw this.#invalid(field, 'is no field of a mapping; see docs/import.md');
  }

  #translation(field: string): ReadonlyMap<string, string> {
    const entries = Object.entries(this.#take(field, undefined) as object);
    for (const [, value] of entries)
      if (typeof value !== 'string') throw this.#invalid(field, 'must translate texts to texts');
    return new Map(entries as [string, string][]);
  }

  #take(field: string, otherwise: unknown): unknown {
    this.#asked.add(field);
    if (this.has(field)) return this.#fields[field];
    if (otherwise === undefined) throw this.#invalid(field, 'is missing');
    return otherwise;
  }

  #pathOf(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`;
  }

  #invalid(field: string, problem: string): ProducerError {
    return invalid(this.#pathOf(field), problem);
  }
}
