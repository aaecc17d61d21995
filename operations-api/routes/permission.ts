/** What a caller's access token must allow: every route here is about every merchant, so only operators come in, to look or to replay. */
import { securityOf } from '@fluxo/identity';

export const looks = { scope: 'operations:read', everyMerchant: true } as const;
export const replays = { scope: 'rejections:replay', everyMerchant: true } as const;

/** The same for the OpenAPI document. */
export const looking = securityOf(looks.scope);
export const replaying = securityOf(replays.scope);
