/** The addresses of the page. The merchant stands in the path, so that a link says whose figures it shows. Every page comes when it is first needed. */
import { inject } from '@angular/core';
import { type CanActivateFn, Router, type Routes } from '@angular/router';
import { Session } from './api/session.ts';

const signedIn: CanActivateFn = async (_route, state) => {
  const session = inject(Session);
  const router = inject(Router);
  try {
    if ((session.value() ?? (await session.load())) !== null) return true;
    return router.createUrlTree(['/sign-in'], { queryParams: { returnTo: state.url } });
  } catch {
    return router.createUrlTree(['/sign-in'], { queryParams: { returnTo: state.url, away: '1' } });
  }
};

/** What is for operators leads everybody else home. */
const operating: CanActivateFn = () =>
  inject(Session).value()?.hasOperations === true || inject(Router).createUrlTree(['/']);

export const routes: Routes = [
  {
    path: 'sign-in',
    title: 'session.signIn',
    loadComponent: async () => (await import('./sign-in/sign-in-page.ts')).SignInPage,
  },
  {
    path: '',
    canActivate: [signedIn],
    loadComponent: async () => (await import('./shell/shell.ts')).Shell,
    children: [
      {
        path: '',
        pathMatch: 'full',
        title: 'merchants.title',
        loadComponent: async () => (await import('./merchants/merchants-page.ts')).MerchantsPage,
      },
      {
        path: 'operations',
        canActivate: [operating],
        title: 'operations.title',
        loadComponent: async () => (await import('./operations/operations-page.ts')).OperationsPage,
        children: [
          { path: '', pathMatch: 'full', redirectTo: 'pipeline' },
          {
            path: 'pipeline',
            loadComponent: async () => (await import('./operations/pipeline-page.ts')).PipelinePage,
          },
          {
            path: 'rejections',
            pathMatch: 'full',
            loadComponent: async () => (await import('./operations/rejections-page.ts')).RejectionsPage,
          },
          {
            path: 'audit',
            loadComponent: async () => (await import('./operations/audit-page.ts')).AuditPage,
          },
          {
            path: 'trail',
            loadComponent: async () => (await import('./operations/trail-page.ts')).TrailPage,
          },
          {
            path: 'rejections/:place',
            loadComponent: async () => (await import('./operations/rejection-page.ts')).RejectionPage,
          },
        ],
      },
      {
        path: 'm/:merchantId',
        children: [
          { path: '', pathMatch: 'full', redirectTo: 'today' },
          {
            path: 'today',
            title: 'pages.today',
            loadComponent: async () => (await import('./today/today-page.ts')).TodayPage,
          },
          {
            path: 'month',
            pathMatch: 'full',
            title: 'pages.month',
            loadComponent: async () => (await import('./month/month-page.ts')).MonthPage,
          },
          {
            path: 'month/:month',
            title: 'pages.month',
            loadComponent: async () => (await import('./month/month-page.ts')).MonthPage,
          },
          {
            path: 'day/:date',
            title: 'pages.day',
            loadComponent: async () => (await import('./day/day-page.ts')).DayPage,
          },
          {
            path: 'new',
            title: 'pages.new',
            loadComponent: async () => (await import('./entry/entry-page.ts')).EntryPage,
          },
          {
            path: 'close',
            title: 'pages.close',
            loadComponent: async () => (await import('./close/close-page.ts')).ClosePage,
          },
          {
            path: 'close/:date',
            title: 'pages.close',
            loadComponent: async () => (await import('./close/close-page.ts')).ClosePage,
          },
          {
            path: 'reports',
            title: 'pages.reports',
            loadComponent: async () => (await import('./reports/reports-page.ts')).ReportsPage,
          },
          {
            path: 'merchant',
            title: 'pages.merchant',
            loadComponent: async () => (await import('./merchant/merchant-page.ts')).MerchantPage,
          },
        ],
      },
    ],
  },
  { path: '**', redirectTo: '' },
];
