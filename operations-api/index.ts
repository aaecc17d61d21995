/** The operations API for those who embed or test it. */
export { type AppOptions, buildApp } from './build-app.ts';
export { KafkaPipeline } from './kafka-pipeline.ts';
export { latestAudit } from './latest-audit.ts';
export { lookAt } from './look.ts';
export { PipelineWatch } from './pipeline-watch.ts';
export { Rejections } from './rejections.ts';
export { trailsOf } from './trails/trails.ts';
