/** The body of the query API's answer about a merchant, as JSON Schema and as a type; the forms are those of `balance.ts`. */
export type MerchantBody = {
  readonly merchantId: string;
  readonly name: string;
  readonly calendar: readonly {
    readonly effectiveFrom: string;
    readonly zone: string;
    readonly cutoffMinutes: number;
  }[];
  readonly lateEntries: string;
  readonly backdateLimitDays: number;
  readonly accounts: readonly {
    readonly accountId: string;
    readonly name: string;
    readonly type: string;
    readonly currency: string;
  }[];
  readonly closedThrough: string | null;
  readonly revision: number;
  readonly chainHead: string;
  readonly recordedAt: string;
};

const merchant = {
  merchantId: { type: 'string', pattern: '^[A-Za-z0-9._~-]{1,64}$' },
  name: { type: 'string' },
  calendar: {
    type: 'array',
    description: 'All versions, in order; the first counts as in force from ever.',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['effectiveFrom', 'zone', 'cutoffMinutes'],
      properties: {
        effectiveFrom: { type: 'string', format: 'date' },
        zone: { type: 'string' },
        cutoffMinutes: { type: 'integer' },
      },
    },
  },
  lateEntries: { type: 'string', enum: ['BOOK_TODAY', 'REJECT'] },
  backdateLimitDays: { type: 'integer' },
  accounts: {
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['accountId', 'name', 'type', 'currency'],
      properties: {
        accountId: { type: 'string' },
        name: { type: 'string' },
        type: { type: 'string', enum: ['DRAWER', 'SAFE', 'BANK', 'ACQUIRER', 'OTHER'] },
        currency: { type: 'string', pattern: '^[A-Z]{3}$' },
      },
    },
  },
  closedThrough: {
    type: ['string', 'null'],
    format: 'date',
    description: 'All days up to this one are CLOSED; null: none is.',
  },
  revision: {
    type: 'integer',
    description: 'Ledger sequence number of the last configuration, closing or reopening.',
  },
  chainHead: { type: 'string', pattern: '^[0-9a-f]{64}$' },
  recordedAt: { type: 'string', format: 'date-time' },
} as const;

export const merchantSchema = {
  $id: 'Merchant',
  type: 'object',
  description: 'What is in force for a merchant.',
  additionalProperties: false,
  required: Object.keys(merchant),
  properties: merchant,
} as const;
