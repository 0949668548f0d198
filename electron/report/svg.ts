/** ECharts on no page: an option in, an SVG for inlining out, the same bytes every time. */
import * as echarts from 'echarts';

import { escapeHtml } from './escape.ts';

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

/**
 * `id` must be unique in the document. ECharts numbers its class names and clip paths by how many
 * charts the process has drawn: they are renamed after `id`. Hover styles and the attributes that
 * its browser half reads are dropped, as no script will run.
 */
export function renderChart(
  id: string,
  label: string,
  option: echarts.EChartsCoreOption,
  size: ChartSize,
): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({ animation: false, ...option });
    return (
      chart
        .renderToSVGString()
        .replace(/<style[^>]*>[\s\S]*?<\/style>/g, '')
        .replace(/ ecmeta_\w+="[^"]*"/g, '')
        .replace(/ class="zr[^"]*"/g, '')
        .replace(/zr\d+-/g, `${id}-`)
        // By a function: `$&` in a title is text, not a pattern.
        .replace(/^<svg width="\d+" height="\d+"/, () => `<svg role="img" aria-label="${escapeHtml(label)}"`)
    );
  } finally {
    chart.dispose();
  }
}
