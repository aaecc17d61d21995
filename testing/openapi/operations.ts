/** An OpenAPI 3.1 document as a test needs it: its operations, with references to schemas followed. It knows the part of the language that our documents use. */

/** JSON Schema, as far as our documents use it. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
};

export type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
};

/** Media type → what comes in it. */
export type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export type Operation = {
  /** `GET /v1/merchants/{merchantId}`. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  /** Status → what is answered with it; no content: nothing is said of it. */
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
};

type Described = {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Operation['responses'];
};

export type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

export function operationsOf(document: Document): readonly Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([lower, { parameters = [], requestBody, responses }]): Operation => {
      const method = lower.toUpperCase() as Operation['method'];
      const body = requestBody?.content['application/json']?.schema ?? null;
      return { name: `${method} ${path}`, method, path, parameters, body, responses };
    }),
  );
}

/** The schema itself, where it is a reference to one of the document's. Throws if there is none of that name. */
export function followed(schema: Schema, { components }: Document): Schema {
  if (schema.$ref === undefined) return schema;
  const found = components.schemas[schema.$ref.replace('#/components/schemas/', '')];
  if (found === undefined) throw new Error(`the document refers to ${schema.$ref} and has no such schema`);
  return found;
}
