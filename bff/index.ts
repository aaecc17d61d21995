/** The page's back end for those who embed or test it. */
export { type AppOptions, buildApp } from './build-app.ts';
