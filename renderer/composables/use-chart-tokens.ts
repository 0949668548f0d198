/** Chart colours that follow the theme. */
import { computed, type ComputedRef } from 'vue';

import { readChartTokens, type ChartTokens } from '../charts/theme-tokens.ts';
import { useSettings } from '../stores/settings.ts';

export function useChartTokens(): ComputedRef<ChartTokens> {
  const settings = useSettings();
  return computed(() => {
    // Read for its effect as a dependency: the tokens change with the shown theme.
    void settings.shownTheme;
    return readChartTokens(document.documentElement);
  });
}
