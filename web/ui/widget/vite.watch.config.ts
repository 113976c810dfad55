// Watching, loaded by the widget where its tag says so: dist/widget-watch.js.
import { defineConfig } from 'vite';
import { smaller } from './smaller.ts';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [smaller],
  build: {
    outDir: '../dist',
    emptyOutDir: false,
    target: 'es2022',
    minify: true,
    lib: { entry: 'src/watch/index.ts', formats: ['es'], fileName: () => 'widget-watch.js' },
  },
});
