/**
 * What Fluxo needs of a schema registry, in three verbs. `SchemaRegistryClient` is one on a real registry, `LocalRegistry`
 * one in memory; both pass `registry-port.contract.ts`.
 */
import type { AvroSchema } from './avro-schema.ts';

export type RegisteredSchema = {
  /** Unique in the registry; it stands in the five bytes before every Avro body. */
  readonly id: number;
  /** 1, 2, 3 … under its subject. */
  readonly version: number;
  readonly schema: AvroSchema;
};

export type CompatibilityLevel = 'NONE' | 'FULL_TRANSITIVE';

export interface RegistryPort {
  /** The id of the schema under the subject, which gets a new version unless it has this schema already. */
  register(subject: string, schema: AvroSchema): Promise<number>;
  /** Every version under the subject, in order; none when the registry does not know the subject. */
  schemasUnder(subject: string): Promise<readonly RegisteredSchema[]>;
  /** What a new version of this subject, which must exist, has to be compatible with. */
  setCompatibility(subject: string, level: CompatibilityLevel): Promise<void>;
}

type RegistryFailureCode =
  /** The registry cannot be reached or is not itself: try again later. */
  | 'temporarily-unavailable'
  /** The new schema would break readers or writers of the former versions. */
  | 'incompatible-schema'
  /** A topic is to be used whose schemas nobody has registered. */
  | 'schema-not-registered'
  /** The registry does not accept the request for another reason. */
  | 'registry-refused';

export class RegistryFailure extends Error {
  override readonly name = 'RegistryFailure';
  readonly code: RegistryFailureCode;

  constructor(code: RegistryFailureCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
