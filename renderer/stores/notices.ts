/** What the user must be told and can dismiss: failures, and things that went otherwise than asked. */
import { defineStore } from 'pinia';
import { ref } from 'vue';

import type { HostFailure } from '../../electron/host/contract.ts';
import { failureOf, pageFailure } from '../host/host-error.ts';

export interface Notice {
  readonly noticeId: number;
  readonly kind: 'failure' | 'information';
  readonly failure: HostFailure;
}

/** Older ones give way: a column of banners hides the work. */
const NOTICES_SHOWN_MAX = 3;

/** Not the recording's fault and nothing to fix: told, not alarmed about. */
const INFORMATION_CODES: ReadonlySet<string> = new Set([
  'cancelled',
  'storage-unavailable',
  'busy',
  'case-not-held',
]);

export const useNotices = defineStore('notices', () => {
  const notices = ref<readonly Notice[]>([]);
  let lastId = 0;

  function report(error: unknown): void {
    show(failureOf(error));
  }

  /** By a code of the message files' `failures`. */
  function tell(code: string, file = ''): void {
    show(pageFailure(code, file).failure);
  }

  function show(failure: HostFailure): void {
    const kind = INFORMATION_CODES.has(failure.code) ? 'information' : 'failure';
    // The same thing said twice is one banner.
    const others = notices.value.filter((notice) => notice.failure.message !== failure.message);
    lastId += 1;
    notices.value = [...others, { noticeId: lastId, kind, failure } as const].slice(-NOTICES_SHOWN_MAX);
  }

  function dismiss(noticeId: number): void {
    notices.value = notices.value.filter((notice) => notice.noticeId !== noticeId);
  }

  /** What it was about is being done anew. */
  function withdraw({ message }: HostFailure): void {
    notices.value = notices.value.filter((notice) => notice.failure.message !== message);
  }

  return { notices, report, tell, dismiss, withdraw };
});
