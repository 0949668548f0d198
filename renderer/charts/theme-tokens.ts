/** The colours charts draw with, read from the page's tokens: a canvas knows no custom properties. */
export interface ChartTokens {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly bar: string;
  readonly font: string;
  /** From few to many. */
  readonly heat: readonly string[];
}

export const HEAT_STEPS = 6;

export function readChartTokens(element: Element): ChartTokens {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: token('color-text'),
    muted: token('color-muted'),
    line: token('color-line'),
    surface: token('color-surface'),
    bar: token('color-bar'),
    font: token('font-text'),
    heat: Array.from({ length: HEAT_STEPS }, (_, step) => token(`color-heat-${step}`)),
  };
}
