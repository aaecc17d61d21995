/**
 * DynamoDB Local as a native process. It keeps nothing on disk, as our Redis does not: what it holds is a view that the sink
 * writes again from Kafka, positions included. It is started by way of Jetty's own configuration (`dynamodb.xml`), because its
 * main class listens on every interface.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { portOffsets } from '../addresses.ts';
import { dataFolder, type Place } from '../place.ts';
import { dynamodbFolder } from '../setup/downloads.ts';
import { javaProgram } from '../setup/system-tools.ts';
import type { Command } from './command.ts';

const configuration = fileURLToPath(new URL('dynamodb.xml', import.meta.url));

export function prepareDynamodb(place: Place): Command {
  const folder = dataFolder(place, 'dynamodb');
  mkdirSync(folder, { recursive: true });
  const jars = dynamodbFolder(place.cache);
  return {
    program: javaProgram(),
    args: [
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      `-Djava.library.path=${jars}`,
      '-cp',
      `${jars}/*`,
      'org.eclipse.jetty.xml.XmlConfiguration',
      `port=${place.portBase + portOffsets.dynamodb}`,
      configuration,
    ],
    env: {},
    workingFolder: folder,
  };
}
