/** What `cdk` runs: the app with the settings of this environment. */
import { fluxoApp } from './app.ts';
import { settingsFrom } from './settings.ts';

fluxoApp(settingsFrom(process.env)).synth();
