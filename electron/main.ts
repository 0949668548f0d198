/** Electron's main process: the window, its hardening, and ports between page and engine. */
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  protocol,
  session,
  utilityProcess,
} from 'electron';
import { join } from 'node:path';

import { startApplication } from './main/application.ts';

// Built, this file lies in dist/electron/, the page in dist/page/.
startApplication(
  { app, BrowserWindow, dialog, ipcMain, Menu, MessageChannelMain, protocol, session, utilityProcess },
  {
    argv: process.argv,
    platform: process.platform,
    workingFolder: process.cwd(),
    bundleFolder: import.meta.dirname,
    pageFolder: join(import.meta.dirname, '..', 'page'),
  },
);
