/** Histogram and heatmap lie side by side with the same slots at the same height. */
import type { ChartTokens } from './theme-tokens.ts';

export const GRID_TOP_PX = 10;
export const GRID_BOTTOM_PX = 40;

export function textStyle(tokens: ChartTokens) {
  return { color: tokens.muted, fontFamily: tokens.font, fontSize: 11 };
}

export function tooltipStyle(tokens: ChartTokens) {
  return {
    confine: true,
    transitionDuration: 0,
    backgroundColor: tokens.surface,
    borderColor: tokens.line,
    padding: [4, 8] as [number, number],
    textStyle: { color: tokens.text, fontFamily: tokens.font, fontSize: 12 },
  };
}

/** Text in a tooltip is taken as HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
