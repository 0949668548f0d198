/** Theme and language: chosen, or the system's; kept in the database. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';

import type { StoredSettings } from './case-database.ts';
import { useNotices } from './notices.ts';
import { useServices } from './services.ts';

export const useSettings = defineStore('settings', () => {
  const { database } = useServices();
  const notices = useNotices();
  const theme = ref<StoredSettings['theme']>('system');
  const locale = ref<StoredSettings['locale']>(navigator.language.startsWith('zh') ? 'zh' : 'en');

  const darkQuery = window.matchMedia('(prefers-color-scheme: dark)');
  const isSystemDark = shallowRef(darkQuery.matches);
  darkQuery.addEventListener('change', (event) => (isSystemDark.value = event.matches));
  const shownTheme = computed(() => {
    if (theme.value !== 'system') return theme.value;
    return isSystemDark.value ? 'dark' : 'light';
  });

  // Synchronous, so that charts that follow read the tokens of the theme they are told of.
  watch(shownTheme, (shown) => (document.documentElement.dataset['theme'] = shown), {
    immediate: true,
    flush: 'sync',
  });
  watch(locale, (code) => (document.documentElement.lang = code === 'zh' ? 'zh-CN' : 'en'), {
    immediate: true,
  });

  async function restore(): Promise<void> {
    try {
      const stored = await database.loadSettings();
      if (stored !== undefined) {
        theme.value = stored.theme;
        locale.value = stored.locale;
      }
    } catch {
      notices.tell('storage-unavailable');
    }
    watch([theme, locale], () => void save());
  }

  async function save(): Promise<void> {
    try {
      await database.saveSettings({ theme: theme.value, locale: locale.value });
    } catch {
      notices.tell('storage-unavailable');
    }
  }

  return { theme, locale, shownTheme, restore };
});
