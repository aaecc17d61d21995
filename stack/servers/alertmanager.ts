/**
 * Alertmanager as a native process of this stack: collects what Prometheus finds, keeps what a larger trouble explains from being told as
 * well, and tells whom `infra/observability/alertmanager.yml` names. On one machine that is whoever looks at its page.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { portOffsets } from '../addresses.ts';
import { dataFolder, type Place } from '../place.ts';
import { findAlertmanager } from '../setup/system-tools.ts';
import { StackError } from '../stack-error.ts';
import type { Command } from './command.ts';

/** Throws `tool-missing`. */
export function prepareAlertmanager(place: Place): Command {
  const program = findAlertmanager();
  if (program === null)
    throw new StackError('tool-missing', 'There is no alertmanager here. Run: npm start -- --observe');
  const folder = dataFolder(place, 'alertmanager');
  mkdirSync(folder, { recursive: true });
  return {
    program,
    args: [
      `--config.file=${join(place.checkout, 'infra', 'observability', 'alertmanager.yml')}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${place.portBase + portOffsets.alertmanager}`,
      // One of it is no cluster, and needs no port on every interface.
      '--cluster.listen-address=',
    ],
    env: {},
    workingFolder: folder,
  };
}
