/**
 * Imports a file of real sales. Importing it again, today or in a month, adds nothing: ids come from the file's content, and
 * the journal keeps what else its submissions were made of. The file is read first to know it whole (hash, last date), then,
 * unless wrong rows are skipped, to judge every row as it would be sent, and last to send it; nothing keeps it in memory. An
 * import that was interrupted is simply run again.
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import {
  asBusinessDate,
  businessDateOf,
  calendarOf,
  type EntrySubmitted,
  type MerchantConfigured,
  parseSubmission,
  type Submission,
} from '@fluxo/domain';
import { ProducerError } from '../producer-error.ts';
import { csvRows } from './csv-rows.ts';
import { idFromName } from './deterministic-id.ts';
import {
  recallConfiguration,
  recallImport,
  rememberConfiguration,
  rememberImport,
} from './import-journal.ts';
import type { Mapping } from './mapping.ts';
import { entryOf, type ImportTerms, readRow } from './sales-row.ts';

export type WrongRow = { readonly line: number; readonly reason: string };

export type ImportProgress = {
  readonly phase: 'reading' | 'checking' | 'sending';
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly rows: number;
};

export type ImportOptions = {
  readonly file: string;
  readonly mapping: Mapping;
  /** FLUXO_HOME: the journal is kept in `<home>/imports/`. */
  readonly home: string;
  /** Sends submissions in order; resolves when all are acknowledged. */
  readonly send: (submissions: readonly Submission[]) => Promise<void>;
  /** `stop`: nothing is sent if a row is wrong. `skip`: all others are. */
  readonly wrongRows: 'stop' | 'skip';
  readonly onWrongRow?: (row: WrongRow) => void;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Epoch milliseconds. */
  readonly nowMs: number;
};

export type ImportResult = {
  readonly fileHash: string;
  readonly rows: number;
  /** Submissions acknowledged, a configuration included. */
  readonly submitted: number;
  readonly wrong: number;
  readonly shiftDays: number;
  readonly submittedAt: number;
  /** The file had been imported before, so nothing new comes of it. */
  readonly isRepeat: boolean;
};

type Survey = {
  readonly fileHash: string;
  readonly rows: number;
  readonly lastDate: number | null;
};

const BATCH_RECORDS = 2_000;
/** Wrong rows that are kept to be reported when the import stops because of them. */
const WRONG_ROWS_SHOWN = 20;

/**
 * Fails with `invalid-row` (file unreadable, or wrong rows and `stop`), `import-conflict` (also where the file is being written), `invalid-mapping` (a column the file
 * does not have), or with what `send` fails with.
 */
export async function importFile(options: ImportOptions): Promise<ImportResult> {
  const before = await stat(options.file);
  const survey = await surveyFile(options);
  const { fileHash, rows } = survey;
  const journal = await recallImport(options.home, fileHash, {
    submittedAt: options.nowMs,
    shiftDays: survey.lastDate === null ? 0 : shiftOf(survey.lastDate, options),
    mappingHash: createHash('sha256').update(canonical(options.mapping)).digest('hex'),
  });
  const terms = { fileHash, ...journal.entry };
  // All that can be refused here is refused before anything is remembered or sent: a corrected file has other ids, so what
  // had been sent of this one would count twice.
  const configuration = await configurationOf(options, terms);
  if (options.wrongRows === 'stop') await checkFile(options, terms);
  await refuseIfChanged(options.file, before);
  if (!journal.isRepeat) await rememberImport(options.home, fileHash, journal.entry);
  if (configuration !== null) await rememberConfiguration(options.home, configuration);
  const { submitted, wrong } = await sendFile(options, terms, configuration);
  return {
    fileHash,
    rows,
    submitted,
    wrong,
    isRepeat: journal.isRepeat,
    shiftDays: terms.shiftDays,
    submittedAt: terms.submittedAt,
  };
}

async function surveyFile(options: ImportOptions): Promise<Survey> {
  const hash = createHash('sha256');
  const progress = await progressOf(options, 'reading');
  let [rows, lastDate] = [0, null as number | null];
  const read = csvRows(options.file, options.mapping.csv, (bytes) => {
    hash.update(bytes);
    progress.add(bytes.length, rows);
  });
  for await (const row of read) {
    rows += 1;
    try {
      if ('problem' in row) continue;
      const said = readRow(row, options.mapping);
      const { date } = said.wallTime;
      if (lastDate !== null && date <= lastDate) continue;
      entryOf(said, options.mapping, {
        fileHash: '',
        submittedAt: options.nowMs,
        shiftDays: shiftOf(date, options),
      });
      lastDate = date;
    } catch (error) {
      // A wrong row has no say in the last date, as it would be sent if it were the last; it is told when rows are judged.
      wrongRow(row.line, error);
    }
  }
  return { fileHash: hash.digest('hex'), rows, lastDate };
}

/** What grows has another hash when it is whole, so all its rows would count again then. Fails with `import-conflict`. */
async function refuseIfChanged(file: string, before: Stats): Promise<void> {
  const { size, mtimeMs } = await stat(file);
  if (size === before.size && mtimeMs === before.mtimeMs) return;
  throw new ProducerError(
    'import-conflict',
    'the file is being written: it changed while it was read. Nothing was sent; import it when it is whole.',
  );
}

/** Fails with `invalid-row`, naming the wrong rows, unless all can be sent. */
async function checkFile(options: ImportOptions, terms: ImportTerms): Promise<void> {
  const wrong: WrongRow[] = [];
  for await (const row of judgedRows(options, terms, 'checking'))
    if ('reason' in row && wrong.length < WRONG_ROWS_SHOWN) wrong.push(row);
  if (wrong.length > 0) throw stopped(wrong);
}

async function sendFile(
  options: ImportOptions,
  terms: ImportTerms,
  configuration: MerchantConfigured | null,
): Promise<{ submitted: number; wrong: number }> {
  let batch: Submission[] =
    configuration === null ? [] : [{ type: 'MerchantConfigured', value: configuration }];
  let [submitted, wrong] = [0, 0];
  const sendBatch = async () => {
    if (batch.length > 0) await options.send(batch);
    submitted += batch.length;
    batch = [];
  };
  for await (const row of judgedRows(options, terms, 'sending')) {
    if ('reason' in row) {
      // Only a file that is written to from now on has one here: the rows were checked.
      if (options.wrongRows === 'stop') throw stopped([row]);
      options.onWrongRow?.(row);
      wrong += 1;
    } else batch.push({ type: 'EntrySubmitted', value: row });
    if (batch.length >= BATCH_RECORDS) await sendBatch();
  }
  await sendBatch();
  return { submitted, wrong };
}

/** Each row of the file, in order, as the entry that it becomes, or as what is wrong with it. */
async function* judgedRows(
  options: ImportOptions,
  terms: ImportTerms,
  phase: 'checking' | 'sending',
): AsyncGenerator<EntrySubmitted | WrongRow> {
  const { file, mapping } = options;
  const progress = await progressOf(options, phase);
  let rows = 0;
  for await (const row of csvRows(file, mapping.csv, (bytes) => progress.add(bytes.length, rows))) {
    rows += 1;
    let judged: EntrySubmitted | WrongRow;
    try {
      if ('problem' in row) throw new ProducerError('invalid-row', row.problem);
      judged = entryOf(readRow(row, mapping), mapping, terms);
    } catch (error) {
      judged = wrongRow(row.line, error);
    }
    yield judged;
  }
}

/**
 * The mapping's configuration. Whatever file it comes with, its id and its `submittedAt` are those of the first time, so it is
 * applied once: later it is a copy, and once ids are forgotten it is stale (spec.md 3.2), and what was configured since stays.
 * Fails with `invalid-mapping`.
 */
async function configurationOf(
  { home, mapping: { configuration, merchantId } }: ImportOptions,
  { submittedAt }: ImportTerms,
): Promise<MerchantConfigured | null> {
  if (configuration === null || !('constant' in merchantId)) return null;
  const content = { merchantId: merchantId.constant, ...configuration };
  const configId = idFromName(JSON.stringify(content));
  const parsed = parseSubmission('MerchantConfigured', {
    ...content,
    configId,
    submittedAt: await recallConfiguration(home, configId, submittedAt),
    source: { system: 'fluxo-import', deviceId: null, sequence: null },
  });
  if ('submission' in parsed) return parsed.submission.value as MerchantConfigured;
  throw new ProducerError('invalid-mapping', `the mapping, configuration: ${parsed.problem}`);
}

/** By how many days dates move where this is the last one. */
function shiftOf(lastDate: number, { mapping, nowMs }: ImportOptions): number {
  if (mapping.dateShift === 'none') return 0;
  const zone = { effectiveFrom: asBusinessDate(0), zone: mapping.occurredAt.zone, cutoffMinutes: 0 };
  const today = businessDateOf(calendarOf([zone]), nowMs);
  return today - 1 - lastDate;
}

/** A row's error; anything else is an error of the whole import. */
function wrongRow(line: number, error: unknown): WrongRow {
  if (error instanceof ProducerError && error.code === 'invalid-row') return { line, reason: error.message };
  throw error;
}

function stopped(wrong: readonly WrongRow[]): ProducerError {
  const lines = wrong.map(({ line, reason }) => `line ${line}: ${reason}`);
  return new ProducerError(
    'invalid-row',
    `${wrong.length < WRONG_ROWS_SHOWN ? wrong.length : `${WRONG_ROWS_SHOWN} or more`} rows cannot be imported, so the import stopped:\n${lines.join('\n')}\n` +
      'Correct them, or let the import skip them.',
  );
}

async function progressOf(options: ImportOptions, phase: ImportProgress['phase']) {
  const { size } = await stat(options.file);
  let bytesDone = 0;
  return {
    add(bytes: number, rows: number): void {
      bytesDone += bytes;
      options.onProgress?.({ phase, bytesDone, bytesTotal: size, rows });
    },
  };
}

/** The mapping as text that is the same for the same content. */
function canonical(mapping: Mapping): string {
  return JSON.stringify(mapping, (_, value: unknown) => {
    if (value instanceof RegExp) return value.source;
    if (value instanceof Map) return Object.fromEntries(value);
    return value;
  });
}
