/** The inner class of ksqldb-client that `whole-answers.ts` completes; the package describes its outer class only. */
declare module 'ksqldb-client/lib/Handlers/Query/index.js' {
  type Answer = { metadata: { columnNames: string[] }; rows: Record<string, unknown>[] };

  export default class QueryHandler {
    parseSuccessData(list: unknown[]): Answer;
  }
}
