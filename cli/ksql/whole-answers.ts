/**
 * What ksqldb-client 1.0.5 leaves out of the answer to a pull query. The server sends one list: columns, rows, and, where it failed half-way,
 * the failure as the last element (JsonQueryStreamResponseWriter of ksqlDB). The client drops whatever is no row, so that half a result
 * looks whole, and gives rows as objects, in which two columns of one name are one. This keeps the list as it came, beside what the client makes of it.
 */
import QueryHandler from 'ksqldb-client/lib/Handlers/Query/index.js';

export type WholeAnswer = {
  readonly metadata: { readonly columnNames: readonly string[] };
  readonly list: readonly unknown[];
};

/** Makes the client of this process keep them. Doing it twice changes nothing. */
export function keepWholeAnswers(): void {
  QueryHandler.prototype.parseSuccessData = parseWholeAnswer;
}

function parseWholeAnswer([metadata, ...list]: unknown[]) {
  return { metadata: metadata as { columnNames: string[] }, rows: [], list };
}
