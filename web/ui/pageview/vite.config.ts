// dist/pageview: index.html is answered at /view/{hash}, its assets under /assets/.
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  build: { outDir: '../dist/pageview', emptyOutDir: true, target: 'es2022', modulePreload: false },
});
