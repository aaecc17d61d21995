/** Sends the session's token with everything that changes something: what another site makes this browser send lacks it. */
import type { HttpInterceptorFn } from '@angular/common/http';
import { inject } from '@angular/core';
import { Session } from './session.ts';

export const csrfInterceptor: HttpInterceptorFn = (request, next) => {
  if (request.method === 'GET') return next(request);
  const token = inject(Session).value()?.csrfToken;
  return next(token === undefined ? request : request.clone({ setHeaders: { 'X-CSRF-Token': token } }));
};
