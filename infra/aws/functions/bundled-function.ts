/**
 * A function of ours in Lambda: one file with everything it imports, made by esbuild on this machine while the templates are written
 * (no Docker). Each has a log group of its own with an end, and a role that may write it.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { buildSync } from 'esbuild';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));

export type BundledProps = Pick<
  lambda.FunctionProps,
  | 'environment'
  | 'memorySize'
  | 'timeout'
  | 'vpc'
  | 'vpcSubnets'
  | 'securityGroups'
  | 'reservedConcurrentExecutions'
> & {
  /** Path from the checkout; exports `handler`. */
  readonly program: string;
  readonly key: kms.IKey;
};

export class BundledFunction extends lambda.Function {
  constructor(scope: Construct, id: string, { program, key, ...props }: BundledProps) {
    super(scope, id, {
      ...props,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.X86_64,
      handler: 'function/index.handler',
      code: lambda.Code.fromAsset(bundle(program)),
      role: new iam.Role(scope, `${id}Role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
      logGroup: new logs.LogGroup(scope, `${id}Log`, {
        retention: logs.RetentionDays.ONE_MONTH,
        encryptionKey: key,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      timeout: props.timeout ?? Duration.seconds(5),
      environmentEncryption: key,
      loggingFormat: lambda.LoggingFormat.JSON,
    });
    this.logGroup.grantWrite(this);
  }
}

/** What the Kafka client reads from the disk when it is loaded: `dist/native.wasm` beside the folder of its own code. */
const WASM = '@platformatic/wasm-utils/dist/native.wasm';

/** The folder with the bundle. The same source makes the same bytes, so that a template changes only with its function. */
export function bundle(program: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fluxo-lambda-'));
  // The templates have copies of their own by then.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { metafile } = buildSync({
    absWorkingDir: checkout,
    entryPoints: [program],
    outfile: join(folder, 'function', 'index.mjs'),
    bundle: true,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The SDK is part of the runtime. Native code is put beside the bundle, as it was installed here.
    external: ['@aws-sdk/*'],
    loader: { '.node': 'copy' },
    assetNames: '[name]',
    // Packages in CommonJS ask for Node's own modules by `require`, which a module does not have.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'error',
  });
  if (Object.keys(metafile.inputs).some((path) => path.includes('@platformatic/wasm-utils'))) {
    mkdirSync(join(folder, 'dist'));
    copyFileSync(join(checkout, 'node_modules', WASM), join(folder, 'dist', 'native.wasm'));
  }
  return folder;
}
