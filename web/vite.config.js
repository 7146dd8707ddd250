import { defineConfig } from 'vite';

export default defineConfig({
  // The page is served as /graphql and its parts under /graphiql, wherever a proxy puts both.
  base: './',
  logLevel: 'warn',
  esbuild: { jsx: 'automatic' },
  worker: { format: 'es' },
  build: {
    outDir: 'dist/playground',
    assetsDir: 'graphiql',
    chunkSizeWarningLimit: 5000,
    rollupOptions: {
      onwarn(warning, warn) {
        // "use client" means something to servers that render React; there is none.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
});
