/// <reference types="node" />
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

const css = readFileSync('renderer/styles/tokens.css', 'utf8');

function tokensOf(theme: 'light' | 'dark'): Map<string, string> {
  const block = new RegExp(`data-theme='${theme}'\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? '';
  return new Map(
    [...block.matchAll(/--color-([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, color]) => [
      name ?? '',
      color ?? '',
    ]),
  );
}

/** WCAG 2.2, relative luminance. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [bright = 0, dim = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (bright + 0.05) / (dim + 0.05);
}

const TEXT_PAIRS = [
  ['text', ['page', 'surface', 'raised', 'hover', 'selected', 'failure-surface', 'warning-surface']],
  ['muted', ['page', 'surface', 'hover', 'selected']],
  ['accent', ['surface', 'page', 'selected']],
  ['on-accent', ['accent']],
  ['warning', ['surface', 'warning-surface']],
  ['failure', ['surface', 'failure-surface']],
  ['good', ['surface']],
] as const;

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const tokens = tokensOf(theme);
  const color = (name: string): string => tokens.get(name) ?? expect.fail(`no token ${name}`);

  it('has text that contrasts 4.5 to 1 with every surface it lies on', () => {
    for (const [text, surfaces] of TEXT_PAIRS) {
      for (const surface of surfaces) {
        expect(contrast(color(text), color(surface)), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  it('has bars, edges and focus rings that contrast 3 to 1', () => {
    for (const part of ['bar', 'edge', 'focus']) {
      expect(contrast(color(part), color('surface')), part).toBeGreaterThanOrEqual(3);
    }
  });

  it('has a heat ramp that moves away from the surface with every step', () => {
    const steps = [0, 1, 2, 3, 4, 5].map((step) => contrast(color(`heat-${step}`), color('surface')));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    for (const [index, step] of steps.slice(1).entries())
      expect(step / (steps[index] ?? 0), `step ${index + 1}`).toBeGreaterThan(1.25);
    expect(steps[0], 'one sample is seen').toBeGreaterThan(1.15);
  });

  it('names the same colours as the other', () => {
    expect([...tokens.keys()].sort()).toEqual(
      [...tokensOf(theme === 'light' ? 'dark' : 'light').keys()].sort(),
    );
  });
});
