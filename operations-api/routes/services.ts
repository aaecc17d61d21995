/** What the routes work with. */
import type { PipelineWatch } from '../pipeline-watch.ts';
import type { Rejections } from '../rejections.ts';

export type Services = {
  readonly watch: PipelineWatch;
  readonly rejections: Rejections;
};
