// dist/pageview: index.html is answered at /view/{hash}, live.html at /live/{reservation}, their assets under /assets/.
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const page = (name: string): string => resolve(import.meta.dirname, name);

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  build: {
    outDir: '../dist/pageview',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    rolldownOptions: { input: { index: page('index.html'), live: page('live.html') } },
  },
});
