/**
 * A CSV file as rows with line numbers, one after the other in bounded memory, whatever the size of the file. Text that is not
 * in the mapping's encoding, an unclosed quote or a record without end is an error of the file; a row with too few or too
 * many cells is an error of that row alone.
 */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { ProducerError } from '../producer-error.ts';
import type { Mapping } from './mapping.ts';
import type { Row } from './sales-row.ts';

/** No row of sales is longer: a file without line breaks is no CSV file. */
const ROW_BYTES_MAX = 64 * 1024;

export type CsvRow = Row | { readonly line: number; readonly problem: string };
/** Given every piece of the file as it is read. */
export type OnBytes = (bytes: Buffer) => void;

type Parsed = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

/** The rows of the file, without its header line. Fails with `invalid-row` where the file cannot be read on. */
export async function* csvRows(file: string, csv: Mapping['csv'], onBytes: OnBytes): AsyncGenerator<CsvRow> {
  const parser = parse({
    delimiter: csv.delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: ROW_BYTES_MAX,
  });
  pipeline(Readable.from(decoded(file, csv.encoding, onBytes)), parser, () => {});
  let header: readonly string[] | undefined;
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      if (header === undefined) header = headerOf(record);
      else yield rowOf(record, info.lines, header);
    }
  } catch (error) {
    if (error instanceof ProducerError) throw error;
    const { message, lines } = error as CsvError & { lines?: number };
    throw new ProducerError('invalid-row', `line ${lines ?? '?'}: ${message}`, error);
  }
  if (header === undefined)
    throw new ProducerError('invalid-row', 'the file is empty: there is not even a header line');
}

async function* decoded(file: string, encoding: string, onBytes: OnBytes): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let lines = 1;
  for await (const bytes of createReadStream(file) as AsyncIterable<Buffer>) {
    onBytes(bytes);
    const text = decode(() => decoder.decode(bytes, { stream: true }), lines, encoding);
    lines += text.split('\n').length - 1;
    yield text;
  }
  yield decode(() => decoder.decode(), lines, encoding);
}

function decode(read: () => string, line: number, encoding: string): string {
  try {
    return read();
  } catch (error) {
    throw new ProducerError(
      'invalid-row',
      `behind line ${line}: the file is not in the encoding ${encoding}; say in the mapping's csv.encoding what it is, windows-1252 for example`,
      error,
    );
  }
}

function headerOf(record: readonly string[]): readonly string[] {
  const header = record.map((name) => name.trim());
  const double = header.find((name, index) => header.indexOf(name) !== index);
  if (double === undefined) return header;
  throw new ProducerError('invalid-row', `line 1: two columns are named ${JSON.stringify(double)}`);
}

function rowOf(record: readonly string[], line: number, header: readonly string[]): CsvRow {
  if (record.length !== header.length)
    return { line, problem: `${record.length} cells where the header has ${header.length}` };
  return { line, cells: new Map(header.map((name, index) => [name, record[index] as string])) };
}
