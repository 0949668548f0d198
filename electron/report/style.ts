/** The report's style sheet: light, dark, paper. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --paper: #fff; --text: #1b1f24; --muted: #57606a; --line: #d0d7de; --accent: #0a66c2; --warn: #9a3412; --warn-paper: #fff4e8;
  --heat-1: #d3e5f7; --heat-2: #a6cbee; --heat-3: #74abdf; --heat-4: #4187c9; --heat-5: #1b62a8; --heat-6: #0b3d74; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #14181d; --text: #e6e9ed; --muted: #a3adb8; --line: #39424d; --accent: #5aa9f5; --warn: #ffb782; --warn-paper: #33241a;
  --heat-1: #1c3550; --heat-2: #234f7c; --heat-3: #2e6ca9; --heat-4: #4b90d2; --heat-5: #84b9ec; --heat-6: #cfe5fb; } }
body { margin: 0 auto; padding: 24px; max-width: 880px; background: var(--paper); color: var(--text); font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; } h2 { font-size: 18px; margin: 32px 0 8px; border-bottom: 1px solid var(--line); break-after: avoid; }
p { margin: 8px 0; } .kind, .note { color: var(--muted); } .note { font-size: 13px; } .finding { font-size: 18px; margin: 16px 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 8px 0; break-inside: avoid; } dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 8px 0; break-inside: avoid; } svg { display: block; width: 100%; height: auto; } svg path { shape-rendering: crispEdges; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 14px; } th { text-align: left; color: var(--muted); font-weight: 600; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } tr { break-inside: avoid; } thead { display: table-header-group; }
.loss { border-left: 4px solid var(--warn); background: var(--warn-paper); padding: 8px 12px; } .loss b { color: var(--warn); } ul { margin: 4px 0; padding-left: 20px; }
pre { font: 12px/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; } code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; } .legend { color: var(--muted); font-size: 12px; } .legend i { display: inline-block; width: 20px; height: 12px; vertical-align: middle; }
@page { size: A4; margin: 16mm; }
@media print { body { padding: 0; max-width: none; font-size: 11pt; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .scroll { overflow: visible; } }
`;
