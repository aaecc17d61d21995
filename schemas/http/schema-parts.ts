/** What the JSON Schemas of the answers are made of, each said once. */

/** Minor units of the currency; what JavaScript can count exactly. */
export const money = { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 } as const;
export const natural = { type: 'integer', minimum: 0 } as const;
export const text = { type: 'string' } as const;
export const date = { type: 'string', format: 'date' } as const;
export const instant = { type: 'string', format: 'date-time' } as const;
export const currency = { type: 'string', pattern: '^[A-Z]{3}$', example: 'BRL' } as const;
export const merchantId = { type: 'string', pattern: '^[A-Za-z0-9._~-]{1,64}$' } as const;
export const status = { type: 'string', enum: ['OPEN', 'CLOSED'] } as const;

/** An object that has all these properties and no others. */
export function whole<Properties extends object>(properties: Properties) {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(properties),
    properties,
  } as const;
}

export const listOf = <Items extends object>(items: Items) => ({ type: 'array', items }) as const;
