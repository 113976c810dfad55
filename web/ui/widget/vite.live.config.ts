// What the widget loads when a visitor shows his page: dist/widget/live.js, a module of its own.
import { defineConfig } from 'vite';
import { smaller } from './smaller.ts';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [smaller],
  build: {
    outDir: '../dist/widget',
    emptyOutDir: true,
    target: 'es2022',
    minify: true,
    lib: { entry: 'src/live/index.ts', formats: ['es'], fileName: () => 'live.js' },
  },
});
