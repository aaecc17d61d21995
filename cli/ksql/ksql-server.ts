/**
 * The port to a ksqlDB server: statements that make tables and streams, and pull queries, which end. It has no push queries. What
 * the server answers is a value; only a server that does not answer, or answers with something else, is an error.
 */

/** Settings of a statement by name, as `SET 'name' = 'value';` gives them. */
export type KsqlSettings = Readonly<Record<string, string>>;

export type StatementAnswer =
  | { readonly kind: 'done'; readonly message: string }
  /** There is something of this name already; it was left as it is, whether or not it is the same. */
  | { readonly kind: 'exists'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string };

export type PullAnswer =
  | {
      readonly kind: 'rows';
      readonly columns: readonly string[];
      /** As many values as columns each; integers are exact. */
      readonly rows: readonly (readonly unknown[])[];
    }
  | { readonly kind: 'refused'; readonly message: string };

export interface KsqlServer {
  /** Executes one CREATE, DROP, TERMINATE or INSERT INTO … SELECT; it ends with a semicolon. */
  execute(statement: string, settings: KsqlSettings): Promise<StatementAnswer>;
  /** All rows of a pull query; it ends with a semicolon. */
  pull(query: string): Promise<PullAnswer>;
  close(): Promise<void>;
}
