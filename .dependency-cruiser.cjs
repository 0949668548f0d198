// The arrows of ARCHITECTURE.md: a layer imports downward only.
const forbid = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: to },
});
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    forbid(
      'bpf-alone',
      '^electron/bpf/',
      '^electron/(?!bpf/|failure\\.ts)',
      'bpf knows nothing of traces, files or windows',
    ),
    forbid(
      'trace-alone',
      '^electron/trace/',
      '^electron/(?!trace/|failure\\.ts)',
      'trace knows nothing of BPF',
    ),
    forbid(
      'replay-down',
      '^electron/replay/',
      '^electron/(host|packs|report|[a-z-]+\\.ts$)(?<!failure\\.ts)',
      'replay knows bpf and trace',
    ),
    forbid(
      'symbols-down',
      '^electron/symbols/',
      '^electron/(?!symbols/|bpf/|trace/|failure\\.ts)',
      'symbols know object files and recordings',
    ),
    forbid(
      'packs-down',
      '^electron/packs/',
      '^electron/(host|report|cli|main|start|[a-z-]+\\.ts$)(?<!failure\\.ts)',
      'packs know replay',
    ),
    forbid(
      'report-down',
      '^electron/report/',
      '^electron/(bpf|trace|replay|packs|host/(?!contract))',
      'a report is drawn from results',
    ),
    forbid(
      'host-down',
      '^electron/host/',
      '^electron/(main|preload|server|start|cli|engine)',
      'doors know the host, not the reverse',
    ),
    forbid(
      'page-contract',
      '^renderer/',
      '^electron/(?!host/contract\\.ts$)',
      'the page sees the contract and nothing else',
    ),
    forbid('host-no-page', '^electron/', '^renderer/', 'the page is built apart'),
    {
      name: 'electron-edge',
      severity: 'error',
      comment: 'only the Electron doors know Electron',
      from: { path: '^electron/', pathNot: '^electron/(main|preload|main/.*)\\.ts$' },
      to: { path: '(^|/)node_modules/electron/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '^(dist|node_modules/.*/node_modules)' },
  },
};
