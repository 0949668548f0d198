/**
 * How the application is packed: `electron-builder --config build/electron-builder.config.ts`, after
 * `npm run build`. Everything is bundled, so no node_modules go along; samples and programs are unpacked
 * beside the archive, where they can be read a piece at a time.
 */
import type { Configuration } from 'app-builder-lib';

export const configuration: Configuration = {
  appId: 'io.github.retroprobe',
  productName: 'Retroprobe',
  copyright: 'Apache-2.0',
  directories: { output: 'dist/packages', buildResources: 'build/icons' },
  extraMetadata: { main: 'dist/electron/main.js' },
  files: [
    'package.json',
    'LICENSE',
    'dist/electron/**',
    'dist/page/**',
    '!**/*.map',
    '!**/.built',
    '!node_modules/**',
    // As sets of their own: electron-builder leaves every *.o out of the app's folder.
    { from: 'programs', to: 'programs' },
    { from: 'traces', to: 'traces', filter: ['*.zip'] },
  ],
  asar: true,
  asarUnpack: ['programs/**', 'traces/**'],
  // Nothing native is used.
  npmRebuild: false,
  // The binary does what this application does, and nothing that a plain Electron could be made to do.
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  },
  electronLanguages: ['en-US', 'zh-CN', 'en', 'zh_CN'],
  publish: null,
  linux: {
    target: ['AppImage', 'deb', 'tar.gz'],
    category: 'Development',
    executableName: 'retroprobe-workbench',
    synopsis: 'eBPF for the recording you already have',
    maintainer: 'The Retroprobe authors',
  },
  mac: {
    target: ['dmg', 'zip'],
    category: 'public.app-category.developer-tools',
    hardenedRuntime: true,
  },
  win: { target: ['nsis', 'zip'] },
  nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
};

// electron-builder reads a configuration's default export.
export { configuration as default };
