/** What the stores need from outside the page, handed in where the application is made. */
import { inject, type InjectionKey } from 'vue';

import type { HostLink } from '../host/host-link.ts';
import type { CaseDatabase } from './case-database.ts';

export interface Services {
  readonly link: HostLink;
  readonly database: CaseDatabase;
}

export const servicesKey: InjectionKey<Services> = Symbol('services');

export function useServices(): Services {
  const services = inject(servicesKey);
  if (services === undefined) throw new Error('services are not provided');
  return services;
}
