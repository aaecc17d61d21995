/**
 * Exports in a bucket of S3. A file is put under the condition that there is none of its key (`If-None-Match: *`), with its SHA-256, which S3
 * checks against what arrived and keeps. An attempt whose answer was lost is repeated by the client and finds the file there: then it counts as
 * one that was.
 */
import { hash } from 'node:crypto';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { EXPORT_POSITIONS_KEY, type ExportBucket, exportBucketOf } from '@fluxo/schemas';
import {
  type ExportFile,
  type ExportPositions,
  type ExportStore,
  positionsIn,
  positionsText,
} from './export-store.ts';

const ATTEMPTS = 6;
const CONNECT_WITHIN_MS = 1_000;
/** A file of a busy day has some ten megabytes. */
const ANSWER_WITHIN_MS = 30_000;

const PRECONDITION_FAILED = 412;

export class S3ExportStore implements ExportStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  /** `address` as FLUXO_EXPORTS has it, see `exportBucketOf`. */
  constructor(address: string) {
    const place = exportBucketOf(address);
    this.#bucket = place.bucket;
    this.#client = openClient(place);
  }

  async putOnce({ key, contentType, body }: ExportFile): Promise<boolean> {
    const put = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: body,
      ContentType: contentType,
      ChecksumAlgorithm: 'SHA256',
      ChecksumSHA256: hash('sha256', body, 'base64'),
      IfNoneMatch: '*',
    });
    try {
      await this.#client.send(put);
      return true;
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === PRECONDITION_FAILED)
        return false;
      throw error;
    }
  }

  /** By a list: the export may write files and not read them. */
  async has(key: string): Promise<boolean> {
    const list = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: key, MaxKeys: 1 });
    const { Contents } = await this.#client.send(list);
    return Contents?.[0]?.Key === key;
  }

  async positions(): Promise<ExportPositions> {
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: EXPORT_POSITIONS_KEY }),
      );
      return positionsIn((await Body?.transformToString()) ?? '{}');
    } catch (error) {
      if (error instanceof NoSuchKey) return new Map();
      throw error;
    }
  }

  async keepPositions(positions: ExportPositions): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: EXPORT_POSITIONS_KEY,
        Body: positionsText(positions),
        ContentType: 'application/json',
      }),
    );
  }

  close(): void {
    this.#client.destroy();
  }
}

/** AWS takes the credentials of its own chain (role, environment, profile); a server of one's own takes any, and has no names for its buckets. */
function openClient({ endpoint, region, isLocal }: ExportBucket): S3Client {
  return new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    ...(isLocal ? { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } } : {}),
    retryMode: 'standard',
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_WITHIN_MS,
      requestTimeout: ANSWER_WITHIN_MS,
      throwOnRequestTimeout: true,
    },
  });
}
