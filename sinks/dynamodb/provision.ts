/**
 * Creates the table of the DynamoDB view and ends. A task of its own, so that the sink and the query API need no permission to
 * create tables.
 */
import { dynamoTableOf } from '@fluxo/schemas';
import { requiredSetting } from '@fluxo/telemetry';
import { openClient } from './client.ts';
import { createTable } from './create-table.ts';

const place = dynamoTableOf(requiredSetting('FLUXO_DYNAMODB'));
const client = openClient(place);
const isNew = await createTable(client, place.table);
console.log(`the table ${place.table} ${isNew ? 'is made' : 'was there'}`);
client.destroy();
