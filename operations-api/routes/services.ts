/** What the routes work with. */
import type { AuditBody, TrailsBody } from '@fluxo/schemas';
import type { PipelineWatch } from '../pipeline-watch.ts';
import type { Rejections } from '../rejections.ts';
import type { TrailQuestion } from '../trails/latest-submissions.ts';

export type Services = {
  readonly watch: PipelineWatch;
  readonly rejections: Rejections;
  readonly audit: () => Promise<AuditBody>;
  readonly trails: (question: TrailQuestion) => Promise<TrailsBody>;
};
