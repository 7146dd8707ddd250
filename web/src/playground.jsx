import 'graphiql/setup-workers/vite';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { createRoot } from 'react-dom/client';
import { HEADERS, TABS } from './examples.js';
import './playground.css';

const fetcher = createGraphiQLFetcher({ url: location.pathname });

createRoot(document.getElementById('playground')).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={TABS}
    defaultHeaders={HEADERS}
    defaultEditorToolsVisibility="headers"
    // A token that the browser keeps is one that somebody else finds.
    shouldPersistHeaders={false}
  >
    <GraphiQL.Logo>Rolecall</GraphiQL.Logo>
  </GraphiQL>,
);
