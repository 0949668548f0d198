/** Makes the page: the link to the engine, what was kept, and then the first frame. */
import { createPinia } from 'pinia';
import { createApp } from 'vue';

import App from './App.vue';
import type { ChannelOpener } from './host/channel.ts';
import { createHostLink } from './host/host-link.ts';
import { portOpener } from './host/port-channel.ts';
import { socketOpener } from './host/socket-channel.ts';
import { takeToken } from './host/token.ts';
import { createMessages } from './messages/i18n.ts';
import { openCaseDatabase } from './stores/case-database.ts';
import { useCase } from './stores/case.ts';
import { servicesKey } from './stores/services.ts';
import { useSettings } from './stores/settings.ts';
import './styles/tokens.css';
import './styles/base.css';

/** A page served over HTTP needs the token; elsewhere the shell sends a port. undefined without a token. */
function channelOpener(): ChannelOpener | undefined {
  if (!location.protocol.startsWith('http')) return portOpener(window);
  const token = takeToken(window);
  return token === undefined ? undefined : socketOpener(location, token);
}

async function start(): Promise<void> {
  const opener = channelOpener();
  const link = createHostLink(opener);
  const app = createApp(App);
  app.provide(servicesKey, { link, database: openCaseDatabase() });
  app.use(createPinia());
  const settings = app.runWithContext(() => useSettings());
  const openCase = app.runWithContext(() => useCase());
  // The database is a few milliseconds away: waiting for it spares a flash of the wrong theme.
  await Promise.all([settings.restore(), openCase.restore()]);
  app.use(createMessages(settings.locale));
  app.mount('#app');
  link.start();
}

void start();
