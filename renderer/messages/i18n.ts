/** vue-i18n with both languages, following the settings store. */
import { createI18n } from 'vue-i18n';

import { en, type Messages } from './en.ts';
import { zh } from './zh.ts';

export type Locale = 'en' | 'zh';

const COUNT_FORMAT = { useGrouping: true, maximumFractionDigits: 0 } as const;

const SHARE_FORMAT = { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 } as const;

export function createMessages(locale: Locale) {
  return createI18n<[Messages], Locale, false>({
    legacy: false,
    locale,
    fallbackLocale: 'en',
    messages: { en, zh },
    numberFormats: {
      en: { count: COUNT_FORMAT, share: SHARE_FORMAT },
      zh: { count: COUNT_FORMAT, share: SHARE_FORMAT },
    },
  });
}
