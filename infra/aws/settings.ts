/**
 * What differs from one installation to the next, from the environment. Without any of it the templates are those of an example
 * account, so that they can be written, read and tested by who has none. Whatever is decided for everybody stands where it is used.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

export type Settings = {
  /** Twelve digits. */
  readonly account: string;
  /** Where everything lives that holds data. Its zones are named `<region>a` to `c`. */
  readonly region: string;
  /** The page is at this name, the API at `api.` below it. */
  readonly domain: string;
  /** The hosted zone of Route 53 that has the domain. */
  readonly zoneId: string;
  /** Tag of the image in the installation's own repository; the pipeline's is the commit. */
  readonly imageTag: string;
  /** Who is told of alarms. */
  readonly alarmEmail: string;
};

/** Certificates and firewall rules of CloudFront exist in this region only. */
export const GLOBAL_REGION = 'us-east-1';

/** FLUXO_CLOUD_ACCOUNT, _REGION, _DOMAIN, _ZONE_ID, _IMAGE_TAG, _ALARM_EMAIL. Throws, saying what is wrong, on an account that is none. */
export function settingsFrom(env: Environment): Settings {
  const account = env['FLUXO_CLOUD_ACCOUNT'] ?? '111122223333';
  if (!/^\d{12}$/.test(account))
    throw new Error(
      `FLUXO_CLOUD_ACCOUNT is ${JSON.stringify(account)}: an account of AWS has twelve digits. Leave it out for the templates of an example.`,
    );
  return {
    account,
    region: env['FLUXO_CLOUD_REGION'] ?? 'sa-east-1',
    domain: env['FLUXO_CLOUD_DOMAIN'] ?? 'fluxo.example.com',
    zoneId: env['FLUXO_CLOUD_ZONE_ID'] ?? 'Z0000000EXAMPLE',
    imageTag: env['FLUXO_CLOUD_IMAGE_TAG'] ?? 'example',
    alarmEmail: env['FLUXO_CLOUD_ALARM_EMAIL'] ?? 'alarms@fluxo.example.com',
  };
}
