/** Numbers and texts in the page's language. */
import { useI18n } from 'vue-i18n';

import type { Localized } from '../../electron/host/contract.ts';

const ESTIMATE_DIGITS = 3;

export function useFormat() {
  const { t, te, n, locale } = useI18n();
  const count = (value: number): string => n(value, 'count');
  /** As good as an estimate is. */
  const about = (value: number): string => count(Number(value.toPrecision(ESTIMATE_DIGITS)));
  /** Of 1, in percent. */
  const share = (value: number): string => n(value, 'share');
  const own = (text: Localized): string => (locale.value === 'zh' ? text.zh : text.en);
  return { t, te, count, share, about, own };
}
