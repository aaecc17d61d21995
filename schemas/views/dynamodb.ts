/**
 * The DynamoDB view: one table, which items there are and what they hold. `sinks/dynamodb` writes it, `query-api` reads it, the
 * audit compares it, nothing else touches it.
 *
 *   merchant (partition key)     item (sort key)   attributes
 *   sim-0001                     2026-03-01        revision (N), body (B): the DailyBalance of that day
 *   sim-0001                     merchant          revision (N), body (B): the Merchant
 *   sim-0001                     latest            date (S): the greatest date that has a document; head (N): the greatest
 *                                                  revision of any day
 *   #<topic>-<partition>         position          next (N), complete (BOOL): how far the topic has been written; writer (S):
 *                                                  which process wrote that; began (N): when a Lambda first wrote, epoch ms
 *
 * `body` is the record as it stands in the topic (Confluent wire format, Avro): nothing is modelled again, and the view can be
 * compared with the topic byte for byte. Dates sort before the names, so a range of days is a range of sort keys. No merchant's id
 * has a "#". Each position is a partition of its own in DynamoDB, because every cold look-up reads two of them.
 */
import { formatDate } from '../iso-date.ts';

/** The attributes of the keys and what their values are called; the same for who creates the table and who uses it. */
export const DYNAMO_PARTITION_KEY = 'merchant';
export const DYNAMO_SORT_KEY = 'item';

export const DYNAMO_MERCHANT_ITEM = 'merchant';
export const DYNAMO_LATEST_ITEM = 'latest';
export const DYNAMO_POSITION_ITEM = 'position';

/** Greater than the sort key of any day, smaller than that of everything else. */
export const DYNAMO_BEHIND_DAYS = ':';

/** `businessDate` in days since 1970-01-01. */
export function dynamoDayItem(businessDate: number): string {
  return formatDate(businessDate);
}

/** The partition key of a position. */
export function dynamoPositionKey(topic: string, partition: number): string {
  return `#${topic}-${partition}`;
}

/** Where the table is. */
export type DynamoTable = {
  readonly table: string;
  readonly endpoint: string;
  readonly region: string;
  /** Not AWS but a DynamoDB Local, which takes any credentials. */
  readonly isLocal: boolean;
};

const REGION_OF_AWS = /^dynamodb(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;
const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;

/**
 * What FLUXO_DYNAMODB says: endpoint and table in one address, `https://dynamodb.sa-east-1.amazonaws.com/fluxo-views` or, for a
 * DynamoDB Local, `http://127.0.0.1:21009/fluxo-views`. Throws a `RangeError` that says what is wrong.
 */
export function dynamoTableOf(address: string): DynamoTable {
  const url = URL.parse(address);
  const table = url?.pathname.slice(1) ?? '';
  const region = REGION_OF_AWS.exec(url?.hostname ?? '')?.[1];
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    !TABLE_NAME.test(table) ||
    (url.protocol === 'https:' && region === undefined)
  )
    throw new RangeError(
      `${JSON.stringify(address)} is no address of a DynamoDB table. It must be https://dynamodb.<region>.amazonaws.com/<table>, or http://<host>:<port>/<table> of a DynamoDB Local.`,
    );
  const isLocal = url.protocol === 'http:';
  return { table, endpoint: url.origin, region: region ?? 'local', isLocal };
}
